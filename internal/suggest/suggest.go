// Package suggest finds the name that somebody may have meant: a command, a key, an
// option. It compares spellings and knows nothing of what is named.
package suggest

import "strings"

// Hint asks for the nearest of the names, see Nearest; "" when none is near.
func Hint(name string, names []string) string {
	if best := Nearest(name, names); best != "" {
		return "Did you mean " + best + "?"
	}
	return ""
}

// Nearest is the one of the names that the fewest slips away from name, "" when
// none is near: more than a third of it would be wrong. Capitals count for
// nothing; of equally near ones it is the first.
func Nearest(name string, names []string) string {
	best, least := "", min(max(2, len(name)/3)+1, len(name))
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < min(least, len(n)) {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of edits, a swap of neighbours counting as one.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
