package container

import (
	"os"
	"path/filepath"
)

// maxLog is where a revision's log begins anew; the one before it is kept, so
// that there are always that many bytes to look back on.
const maxLog = 32 << 20

const rotated = ".1"

// logFile appends lines to a log that does not grow for ever. It serves one
// writer; whoever adds a line beside it opens the file anew.
type logFile struct {
	path string
	max  int64
	file *os.File
	size int64
}

func openLog(path string, limit int64) (*logFile, error) {
	l := &logFile{path: path, max: limit}
	return l, l.open()
}

func (l *logFile) open() (err error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	if l.file, err = os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	l.size = info.Size()
	return nil
}

// Write appends a whole line.
func (l *logFile) Write(line []byte) (int, error) {
	if l.size > 0 && l.size+int64(len(line)) > l.max {
		if err := l.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(line)
	l.size += int64(n)
	return n, err
}

func (l *logFile) rotate() error {
	if err := l.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(l.path, l.path+rotated); err != nil && !os.IsNotExist(err) {
		return err
	}
	return l.open()
}

func (l *logFile) Close() error { return l.file.Close() }
