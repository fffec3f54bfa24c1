package worker

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// setGroup puts cmd in a process group of its own, which a Ctrl-C at the
// terminal does not reach, and has it killed should this process be.
func setGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// signalGroup signals cmd and all that it started.
func signalGroup(cmd *exec.Cmd, s os.Signal) error {
	err := syscall.Kill(-cmd.Process.Pid, s.(syscall.Signal))
	if err == syscall.ESRCH {
		return os.ErrProcessDone
	}
	return err
}

// exitCode is the shell's: 128 + the signal for a process that one ended.
func exitCode(e *exec.ExitError) int {
	if w, ok := e.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return e.ExitCode()
}

// workingDir names an open directory for a process that is started: that one, and
// not what has come into its place since.
func workingDir(dir *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) }
