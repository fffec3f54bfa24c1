package lockfile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	orBar    = regexp.MustCompile(`\s*\|\|?\s*`)
	clause   = regexp.MustCompile(`(\^|~=|~|===|==|!=|<=|>=|<|>|=)?\s*v?([0-9][A-Za-z0-9.!+_*-]*|\*)`)
	releases = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*`)
)

// poetrySpecifier writes a version constraint of Poetry's (^1.2, ~1.2, 1.*, a
// || b) as specifiers of PEP 440, any of which may hold. Nil admits everything.
func poetrySpecifier(constraint string) []string {
	var either []string
	for _, part := range orBar.Split(strings.TrimSpace(constraint), -1) {
		var both []string
		for _, m := range clause.FindAllStringSubmatch(part, -1) {
			if s := poetryClause(m[1], m[2]); s != "" {
				both = append(both, s)
			}
		}
		if len(both) == 0 {
			return nil
		}
		either = append(either, strings.Join(both, ","))
	}
	return either
}

func poetryClause(op, version string) string {
	switch {
	case version == "*":
		return ""
	case op == "^":
		return caret(version)
	case op == "~":
		return tilde(version)
	case op == "" || op == "=":
		return "==" + version
	}
	return op + version
}

// caret is ^1.2.3: up to the next change of the first part that is not zero.
func caret(version string) string {
	parts := strings.Split(releases.FindString(version), ".")
	i := 0
	for i < len(parts)-1 && strings.Trim(parts[i], "0") == "" {
		i++
	}
	return ">=" + version + ",<" + next(parts[:i+1])
}

// tilde is ~1.2.3: up to the next minor version, or major where that is all.
func tilde(version string) string {
	parts := strings.Split(releases.FindString(version), ".")
	return ">=" + version + ",<" + next(parts[:min(2, len(parts))])
}

// next counts the last part up.
func next(parts []string) string {
	n, _ := strconv.Atoi(parts[len(parts)-1])
	return strings.Join(append(append([]string{}, parts[:len(parts)-1]...), fmt.Sprint(n+1)), ".")
}
