package wheel

import (
	"strconv"
	"strings"

	"deps.dev/util/pypi"
)

// glibc is the minor version that is taken for granted, Debian 12's: newer base
// images have a newer one. Hardly a wheel asks for more than 2.34.
const glibc = 36

// legacy are the manylinux tags from before PEP 600, as glibc's minor version.
var legacy = map[string]int{"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}

// installs says whether the target's pip takes a wheel with this tag.
func (t Target) installs(tag pypi.PEP425Tag) bool {
	version, threaded := strings.CutSuffix(t.Python, "t")
	minor, ok := minorOf("3.", version)
	if !ok || !t.runsOn(tag.Platform) {
		return false
	}
	cpython := "cp3" + strconv.Itoa(minor)
	own, stable := cpython, "abi3"
	if threaded { // its objects are laid out in another way (PEP 703, 803)
		own, stable = cpython+"t", "abi3t"
	}
	switch tag.ABI {
	case own:
		return tag.Python == cpython && tag.Platform != "any"
	case stable: // built for this minor version or an older one
		older, ok := minorOf("cp3", tag.Python)
		return ok && older >= 2 && older <= minor && tag.Platform != "any"
	case "none":
		if tag.Python == cpython || tag.Python == "py3" {
			return true
		}
		older, ok := minorOf("py3", tag.Python)
		return ok && older <= minor
	}
	return false
}

// runsOn says whether what a platform tag stands for runs on the target.
func (t Target) runsOn(platform string) bool {
	if platform == "any" {
		return true
	}
	base, ok := strings.CutSuffix(platform, "_"+t.Machine)
	if !ok {
		return false
	}
	if minor, ok := minorOf("manylinux_2_", base); ok { // PEP 600
		return minor <= glibc
	}
	minor, ok := legacy[base]
	return base == "linux" || ok && minor <= glibc
}

// minorOf is the number after a prefix.
func minorOf(prefix, s string) (int, bool) {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}
