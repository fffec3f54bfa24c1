// Package atomicfile replaces files as a whole, so that a reader, or whoever
// comes after a kill, sees the old content or the new and nothing between. Write
// is safe against a killed process; Keep against lost power too, which costs two
// waits for the disk.
package atomicfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the file at path. It makes the folder, for its owner only.
func Write(path string, data []byte, perm fs.FileMode) error {
	return replace(path, data, perm, false)
}

// Keep is Write of what must not be lost: once it returned, it is on the disk.
func Keep(path string, data []byte, perm fs.FileMode) error {
	return replace(path, data, perm, true)
}

// WriteJSON is Write of v as JSON, for its owner only.
func WriteJSON(path string, v any) error { return replaceJSON(path, v, false) }

// KeepJSON is Keep of v as JSON, for its owner only.
func KeepJSON(path string, v any) error { return replaceJSON(path, v, true) }

func replaceJSON(path string, v any, sync bool) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", path, err)
	}
	return replace(path, data, 0o600, sync)
}

func replace(path string, data []byte, perm fs.FileMode, sync bool) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && sync {
		err = f.Sync() // else the new name may come to the disk before its content
	}
	if err = errors.Join(err, f.Chmod(perm), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	if sync {
		return SyncDir(dir)
	}
	return nil
}

// SyncDir waits until a folder's names are on the disk.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
