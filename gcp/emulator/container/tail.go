package container

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// readTail gives the last n lines of a revision's log, oldest first; of the file
// that was rotated out too, where one is not enough.
func readTail(path string, n int) []Line {
	lines := tailOf(path, path, n)
	if len(lines) < n {
		lines = append(tailOf(path, path+rotated, n-len(lines)), lines...)
	}
	return lines
}

// tailOf reads one file from its end, so that a few lines of a large one cost
// little. Lines that are cut or damaged are left out.
func tailOf(log, path string, n int) (lines []Line) {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	revision := strings.TrimSuffix(filepath.Base(log), ".log")
	var rest []byte // from the last newline that was seen to the one behind it
	block := int64(64 << 10)
	first := true // what is behind the last newline is being written
	for end := info.Size(); end > 0 && len(lines) < n; {
		begin := max(0, end-block)
		buf := make([]byte, end-begin, int(end-begin)+len(rest))
		if _, err := f.ReadAt(buf, begin); err != nil {
			break
		}
		end = begin
		found := bytes.IndexByte(buf, '\n') >= 0
		rest = append(buf, rest...)
		for len(lines) < n {
			i := bytes.LastIndexByte(rest, '\n')
			if i < 0 && (begin > 0 || len(rest) == 0) {
				break
			}
			if l, ok := parseLine(revision, string(rest[i+1:])); ok && !first {
				lines = append(lines, l)
			}
			first = false
			rest = rest[:max(i, 0)]
		}
		if !found {
			block *= 2 // one line is longer than it
		}
	}
	slices.Reverse(lines)
	return lines
}

func parseLine(revision, line string) (Line, bool) {
	p := strings.SplitN(line, " ", 3)
	if len(p) < 3 {
		return Line{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, p[0])
	return Line{Time: at, Revision: revision, Stream: p[1], Text: p[2]}, err == nil
}
