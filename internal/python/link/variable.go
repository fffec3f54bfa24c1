package link

import "strings"

// Variable finds the first ${NAME} in s.
func Variable(s string) (start, end int, ok bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], "${")
		if i < 0 {
			return 0, 0, false
		}
		i += from
		j := i + 2
		for j < len(s) && (s[j] >= 'A' && s[j] <= 'Z' || s[j] >= '0' && s[j] <= '9' || s[j] == '_') {
			j++
		}
		if j > i+2 && j < len(s) && s[j] == '}' {
			return i, j + 1, true
		}
		from = i + 2
	}
}
