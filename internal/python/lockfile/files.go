package lockfile

import (
	"slices"
	"strconv"
	"strings"
)

// artefact is a file that a lock knows of a package.
type artefact struct{ name, hash string }

// installs says whether CPython of that minor version on Linux, x86_64, may
// install a file (PEP 425); of what is no wheel, or has a name that is not
// understood, it may.
func installs(file, python string) bool {
	file, _, _ = strings.Cut(file[strings.LastIndexByte(file, '/')+1:], "#")
	stem, ok := strings.CutSuffix(file, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) < 5 {
		return true
	}
	tags := parts[len(parts)-3:]
	_, minor, _ := strings.Cut(python, ".")
	minor, threaded := strings.CutSuffix(minor, "t")
	anyOf := func(tags string, fits func(string) bool) bool {
		return slices.ContainsFunc(strings.Split(tags, "."), fits)
	}
	abi := func(names ...string) bool {
		return anyOf(tags[1], func(t string) bool { return slices.Contains(names, t) })
	}
	own, build, stable := "cp3"+minor, "cp3"+minor, "abi3"
	if threaded {
		build, stable = own+"t", "abi3t"
	}
	return anyOf(tags[0], func(t string) bool {
		switch {
		case t == own:
			return abi(build, stable, "none")
		case strings.HasPrefix(t, "cp3"):
			return abi(stable) && number(t[len("cp3"):]) <= number(minor)
		}
		return abi("none") && strings.HasPrefix(t, "py3") && number(t[len("py3"):]) <= number(minor)
	}) && anyOf(tags[2], func(t string) bool {
		linux := strings.HasPrefix(t, "linux") || strings.HasPrefix(t, "manylinux") || strings.HasPrefix(t, "musllinux")
		return t == "any" || linux && strings.HasSuffix(t, "_x86_64")
	})
}

// number is a tag's minor version, 0 for none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
