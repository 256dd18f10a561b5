/** Kills a process and all its descendants in its group; 0 stands for none. Whoever is gone already is no error. */
export const killGroup = (pid: number, signal: NodeJS.Signals = 'SIGKILL'): void => {
  if (pid === 0) return;
  try {
    // Windows has no groups: there only the process itself is killed
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // ESRCH: gone already
  }
};
