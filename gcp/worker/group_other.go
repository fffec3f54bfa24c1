//go:build !linux

package worker

import (
	"os"
	"os/exec"
)

// Elsewhere the client alone is signalled; it ends what it started itself.
func setGroup(*exec.Cmd) {}

func signalGroup(cmd *exec.Cmd, s os.Signal) error {
	if s == os.Interrupt {
		if err := cmd.Process.Signal(s); err == nil {
			return nil
		}
	}
	return cmd.Process.Kill()
}

func exitCode(e *exec.ExitError) int { return e.ExitCode() }

func workingDir(dir *os.File) string { return dir.Name() }
