// The child of askFromNamespace: gives its namespace the addresses that it is told, asks, and ends with its parent.
import { askTarget, type Compared } from './ask-target.js';
import { enableIPv6, END, type FromVantage, ip, type ToVantage } from './vantage.js';

const say = (message: FromVantage): void => void process.send!(message);

process.on('disconnect', () => process.exit(0));
process.on('message', (told: ToVantage) => void answer(told));
say({ kind: 'ready' });

async function answer({ setUp, questions }: ToVantage): Promise<void> {
  try {
    enableIPv6(END);
    ip('link set lo up', ...setUp);
    const compared: Compared[] = [];
    for (const question of questions) compared.push(...(await askTarget(question)));
    say({ kind: 'compared', compared });
  } catch (error) {
    say({ kind: 'failed', reason: (error as Error).message });
  }
}
