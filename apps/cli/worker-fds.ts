// Descriptors that a worker is born with, behind those of standard input, output, error and of the channel to its parent.
export const WORKER_LOG_FD = 4;
/** SECURITY: lower than that of any socket, so that at its death the kernel lets go of it last (task_work_run: last in, first out). */
export const WORKER_LINK_FD = 5;
