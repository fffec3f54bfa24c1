package rights

import (
	"slices"
	"strings"
)

// Idle are the patterns of roles that match no permission.
func Idle() (idle []string) {
	for _, d := range definitions {
		for _, p := range strings.Fields(d.grants) {
			pattern := strings.TrimPrefix(p, "-")
			if !slices.ContainsFunc(permissions, func(permission string) bool { return match(pattern, permission) }) {
				idle = append(idle, p+" of "+d.name)
			}
		}
	}
	return idle
}
