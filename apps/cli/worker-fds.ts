// Descriptors that a worker is born with, behind those of standard input, output, error and of the channel to its parent.
export const WORKER_LOG_FD = 4;
/**
 * SECURITY: lower than that of any socket: of what closes with a process the kernel lets go of the last descriptor first
 * (task_work_run(), since Linux 4.3), so the look-up is in force until nobody listens.
 */
export const WORKER_LINK_FD = 5;
/** Where its parent's standard output goes; its own is none (see `logStream`). */
export const WORKER_OUT_FD = 6;
