package source

import (
	"cmp"
	"slices"
	"strings"
)

// largeFile is from where a file is worth its name in a warning of much that goes up.
const largeFile = manyBytes / 10

// largestFiles names the largest files, three at most: a folder does not say which
// of its files it is, and a file at the top has none.
func (s *scanner) largestFiles() (names []string) {
	large := slices.DeleteFunc(slices.Clone(s.items), func(i *item) bool { return i.Size < largeFile })
	slices.SortFunc(large, func(a, b *item) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Path, b.Path))
	})
	for _, i := range large[:min(3, len(large))] {
		names = append(names, i.Path+" ("+megabytes(i.Size)+")")
	}
	return names
}
