import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ConsoleClient } from '../io/console-client.js';

const ClientContext = createContext<ConsoleClient | undefined>(undefined);

export const ClientProvider = ClientContext.Provider;

export function useClient(): ConsoleClient {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error('unreachable: main.tsx provides the client');
  return client;
}
