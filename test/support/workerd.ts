import childProcess, { type ChildProcess } from 'node:child_process';

/** The workerd processes that this process has started since it began to watch them. */
export interface Workerds {
  /** Kills those that run, whatever they are at; says how many there were. */
  kill(): Promise<number>;
}

/** Begins to watch which workerd processes this process starts. */
export function watchWorkerds(): Workerds {
  const started: ChildProcess[] = [];
  const { spawn } = childProcess;
  childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
    const child = spawn(...args);
    if (String(args[0]).endsWith('workerd')) started.push(child);
    return child;
  }) as typeof spawn;
  const kill = async (child: ChildProcess): Promise<void> => {
    const ended = new Promise((resolve) => void child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return {
    async kill() {
      const running = started.splice(0).filter((child) => child.exitCode === null && child.signalCode === null);
      await Promise.all(running.map(kill));
      return running.length;
    },
  };
}
