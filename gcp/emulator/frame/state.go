package frame

import (
	"fmt"
	"log/slog"
	"os"
)

// ReadState reads a state file of a service. What parse refuses was damaged, by
// lost power or a full disk: it is set aside with a warning and not ok, so that
// all else goes on. An error is of the disk.
func ReadState(log *slog.Logger, path string, parse func([]byte) error) (ok bool, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	if damage := parse(data); damage != nil {
		return false, SetAside(log, path, damage)
	}
	return true, nil
}

// SetAside renames a state file that says nothing any more, and warns of it. Its
// new name ends in no name that a service reads.
func SetAside(log *slog.Logger, path string, damage error) error {
	if err := os.Rename(path, path+".damaged"); err != nil {
		return fmt.Errorf("setting a damaged file aside: %w", err)
	}
	log.Warn(fmt.Sprintf("%s was damaged (%v) and is set aside as %[1]s.damaged", path, damage))
	return nil
}
