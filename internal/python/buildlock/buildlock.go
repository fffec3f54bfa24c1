// Package buildlock reads and writes the file that locks what packages are built
// with: a line for each package that was built, and what its build environment had,
// all in single versions. It knows neither where the versions come from nor who obeys
// them: the manifest of a wheels image has them, and the program in the build does.
package buildlock

import (
	"maps"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Lock has the build requirements of packages: "omegaconf==2.3.0" → "setuptools==80.9.0", …
type Lock map[string][]string

const (
	head = "# What packages are built with. Written by `gcpdeploy wheels lock`; commit it.\n"
	hint = "Write it again with `gcpdeploy wheels lock`."
)

// Parse reads the file. Errors are errs.Usage with their place.
func Parse(file string, data []byte) (Lock, error) {
	l, n := Lock{}, 0
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		n++
		text, _, _ := strings.Cut(strings.TrimSpace(line), "#")
		if text == "" {
			continue
		}
		wrong := func(format string, args ...any) error {
			return errs.At(errs.Place{File: file, Line: n}, hint, format, args...)
		}
		of, with, ok := strings.Cut(text, ":")
		pin, exact := exactly(of)
		if !ok || !exact {
			return nil, wrong("a line is NAME==VERSION: and the versions that it is built with")
		}
		if _, double := l[pin]; double {
			return nil, wrong("%s is locked twice", pin)
		}
		l[pin] = []string{}
		for _, word := range strings.Fields(with) {
			tool, exact := exactly(word)
			if !exact {
				return nil, wrong("%s is to be built with exact versions", pin)
			}
			l[pin] = append(l[pin], tool)
		}
		slices.Sort(l[pin])
	}
	return l, nil
}

// exactly gives NAME==VERSION with the name in its normal form; ok is false for
// all that is more or less.
func exactly(text string) (pin string, ok bool) {
	d, f := pep508.Parse(text)
	if f != nil || len(d.Specifiers) != 1 || len(d.Extras) > 0 || d.Marker != nil {
		return "", false
	}
	version, ok := strings.CutPrefix(d.Specifiers.String(), "==")
	return pep508.Normal(d.Name) + "==" + version, ok && version[0] != '=' && !strings.HasSuffix(version, "*")
}

// Text is the file, the same for equal locks.
func (l Lock) Text() []byte {
	var b strings.Builder
	b.WriteString(head)
	for _, pin := range slices.Sorted(maps.Keys(l)) {
		b.WriteString(strings.TrimSpace(pin+": "+strings.Join(l[pin], " ")) + "\n")
	}
	return []byte(b.String())
}
