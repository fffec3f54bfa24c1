package source

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// What is more than this is worth a word before it is sent.
const (
	manyFiles = 10_000
	manyBytes = 100_000_000
)

func (s *scanner) warnings() []string {
	list := slices.Concat(s.rules.warnings, s.warned)
	for _, p := range s.gits {
		list = append(list, fmt.Sprintf("%s goes up (%s): git's own data, the whole history in it; %s", p, s.under(p), s.leaveOut(p)))
	}
	for _, p := range s.venvs {
		list = append(list, fmt.Sprintf("%s goes up (%s): it is a virtual environment of this machine; %s", p, s.under(p), s.leaveOut(p)))
	}
	list = append(list, s.secrets()...)
	if w := s.large(); w != "" {
		list = append(list, w)
	}
	return append(list, s.disputes.warnings()...)
}

// leaveOut is the advice that fits where the rules come from.
func (s *scanner) leaveOut(p string) string {
	home := s.rules.home()
	for _, part := range s.parts {
		if rest, ok := strings.CutPrefix(p, part+"/"); ok {
			p, home = rest, path.Join(part, s.rules.homes[part])
		}
	}
	return fmt.Sprintf("leave it out with a line `/%s` in %s", p, home)
}

// home is the file to write a rule into.
func (r *rules) home() string {
	if r.name == "" {
		return ".gitignore"
	}
	return r.name
}

// secrets warns of what looks like credentials, but not inside what is warned
// of as a whole.
func (s *scanner) secrets() []string {
	const most = 10
	var list []string
	more := 0
	whole := slices.Concat(s.gits, s.venvs)
	for _, i := range s.items {
		if i.secret == "" || slices.ContainsFunc(whole, func(p string) bool { return strings.HasPrefix(i.Path, p+"/") }) {
			continue
		}
		if len(list) == most {
			more++
			continue
		}
		list = append(list, fmt.Sprintf("%s goes up and looks like a credential (%s); %s, unless the app needs it", i.Path, i.secret, s.leaveOut(i.Path)))
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("%d more files look like credentials", more))
	}
	return list
}

type usage struct {
	files int
	bytes int64
}

func (u usage) String() string {
	if u.files == 1 {
		return "1 file, " + megabytes(u.bytes)
	}
	return fmt.Sprintf("%d files, %s", u.files, megabytes(u.bytes))
}

func megabytes(n int64) string {
	if n < 100_000 {
		return fmt.Sprintf("%d kB", (n+999)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// under is what goes up at p or below it.
func (s *scanner) under(p string) (u usage) {
	for _, i := range s.items {
		if p == "" || i.Path == p || strings.HasPrefix(i.Path, p+"/") {
			u.files++
			u.bytes += i.Size
		}
	}
	return u
}

// large warns of a large tree, naming the folders that make it so.
func (s *scanner) large() string {
	all := s.under("")
	if all.files <= manyFiles && all.bytes <= manyBytes {
		return ""
	}
	weight := func(u usage) int64 { return u.bytes }
	if all.bytes <= manyBytes {
		weight = func(u usage) int64 { return int64(u.files) }
	}
	folders := map[string]usage{}
	for _, i := range s.items {
		for d := path.Dir(i.Path); d != "."; d = path.Dir(d) {
			u := folders[d]
			folders[d] = usage{u.files + 1, u.bytes + i.Size}
		}
	}
	// heaviest lists the folders right below a folder.
	heaviest := func(in string) []string {
		list := slices.DeleteFunc(slices.Collect(maps.Keys(folders)), func(d string) bool { return path.Dir(d) != in })
		slices.SortFunc(list, func(a, b string) int {
			return cmp.Or(cmp.Compare(weight(folders[b]), weight(folders[a])), strings.Compare(a, b))
		})
		return list
	}
	var names []string
	top := heaviest(".")
	for _, d := range top[:min(3, len(top))] {
		for {
			below := heaviest(d)
			if len(below) == 0 || weight(folders[below[0]])*5 < weight(folders[d])*4 {
				break
			}
			d = below[0]
		}
		names = append(names, fmt.Sprintf("%s (%s)", d, folders[d]))
	}
	w := fmt.Sprintf("much goes up: %s", all)
	if len(names) > 0 {
		w += "; the largest folders: " + strings.Join(names, ", ")
	}
	if files := s.largestFiles(); all.bytes > manyBytes && len(files) > 0 {
		w += "; the largest files: " + strings.Join(files, ", ")
	}
	return w + "; leave out what the app does not need in " + s.rules.home()
}
