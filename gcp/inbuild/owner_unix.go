//go:build unix

package inbuild

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

func user() string { return strconv.Itoa(os.Getuid()) }

func ownedByUs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Getuid()
}
