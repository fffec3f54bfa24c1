package local

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// maxLog is where the daemon's log begins anew; the one before it is kept beside it.
const maxLog = 4 << 20

// Bounded gives w, which appends to the daemon's log, a bound: a daemon may run for
// months. What else the process says, such as a panic, goes to the same file as before.
func (d Daemon) Bounded(w io.Writer) io.Writer { return bounded{w, d.LogFile()} }

type bounded struct {
	io.Writer
	file string
}

// Write puts what there is aside, where there is too much of it. It empties the file
// instead of renaming it, since the process has it open.
func (b bounded) Write(p []byte) (int, error) {
	info, err := os.Stat(b.file)
	if err == nil && info.Size()+int64(len(p)) > maxLog {
		err = b.rotate()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // in the foreground there is none
		return 0, err
	}
	return b.Writer.Write(p)
}

func (b bounded) rotate() error {
	data, err := os.ReadFile(b.file)
	if err == nil {
		err = os.WriteFile(b.file+".1", data, 0o600)
	}
	if err != nil {
		return err
	}
	return os.Truncate(b.file, 0)
}
