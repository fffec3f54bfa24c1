package lockfile

import (
	"bytes"
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// decodeTOML decodes a whole file; an error has its place.
func decodeTOML(file string, data []byte, into any) error {
	err := toml.Unmarshal(data, into)
	if err == nil {
		return nil
	}
	place := errs.Place{File: file}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok {
		place.Line, place.Column = e.Position()
	}
	return errs.At(place, "Lock again with the tool that made it.", "%s", strings.TrimPrefix(err.Error(), "toml: "))
}

// tableLines are the lines of the headers of an array of tables, in order. A
// text of several lines that holds such a header would be one too many: then
// no line is known.
func tableLines(data []byte, header string, count int) func(i int) int {
	var lines []int
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if string(bytes.TrimRight(line, " \t\r\n")) == header {
			lines = append(lines, n)
		}
	}
	return func(i int) int {
		if len(lines) != count {
			return 0
		}
		return lines[i]
	}
}
