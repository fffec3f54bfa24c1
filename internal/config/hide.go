package config

import (
	"regexp"
	"strings"
	"sync"
)

// envKey is a key whose values may be passwords: env, build_env.
var envKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(^|[\s{,_"'?])env["']?\s*(:|$)`)
})

// hides says whether a line, counted from 0, may hold a variable's value, so that no
// error may show it. Where the text is no YAML nobody knows where an env ends.
func (d *document) hides(line int, yaml bool) bool {
	if d.base.private {
		return true
	}
	env := -1
	for i, text := range d.lines[:line+1] {
		if envKey().MatchString(text) {
			env = i
		}
	}
	if env < 0 || env == line || !yaml {
		return env >= 0
	}
	between := strings.Join(d.lines[env:line], "\n")
	if strings.Count(between, "{")+strings.Count(between, "[") > strings.Count(between, "}")+strings.Count(between, "]") {
		return true
	}
	for _, text := range d.lines[env+1 : line+1] {
		if strings.TrimSpace(text) != "" && indent(text) <= indent(d.lines[env]) {
			return false
		}
	}
	return true
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " -")) }
