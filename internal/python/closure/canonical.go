package closure

import (
	"bytes"
	"slices"
	"sort"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// Canonical is the closure as two flat files that pip reads with the same
// meaning, in a directory where the app's local projects lie under src/:
// options first, then one requirement a line, sorted by project; lines of one
// project keep their order. Comments, includes, spelling and credentials are
// gone, so two closures of one meaning have the same bytes.
func (c *Closure) Canonical() (requirements, constraints []byte) {
	var r, k []entry
	for _, q := range c.Requirements {
		if q.form.apart || c.provider(q) != nil {
			continue
		}
		e := entry{key: q.key(), text: q.canonical()}
		switch {
		case q.Constraint:
			k = append(k, e)
		case !c.limits(q):
			r = append(r, e)
		case len(q.Extras) == 0:
			k = append(k, e)
		}
	}
	var b bytes.Buffer
	for _, o := range c.canonicalOptions() {
		b.WriteString(o + "\n")
	}
	return appendEntries(b.Bytes(), r), appendEntries(nil, k)
}

type entry struct{ key, text string }

func appendEntries(b []byte, entries []entry) []byte {
	slices.SortStableFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	size := 0
	for _, e := range entries {
		size += len(e.text) + 1
	}
	b = slices.Grow(b, size)
	seen := map[string]bool{}
	for i, e := range entries {
		if i == 0 || entries[i-1].key != e.key {
			clear(seen) // equal lines have equal keys
		}
		if !seen[e.text] {
			seen[e.text] = true
			b = append(append(b, e.text...), '\n')
		}
	}
	return b
}

// key sorts lines: by project, or by source where no name is written.
func (r Requirement) key() string {
	switch {
	case r.form.local != "":
		return "./" + r.form.local
	case r.Name == "":
		return r.form.url
	}
	return r.Name
}

// localPath is where a local project lies for the build.
func localPath(rel string) string {
	if rel == "." {
		return "./src"
	}
	return "./src/" + rel
}

func (r Requirement) canonical() string {
	var b strings.Builder
	extras := ""
	if len(r.Extras) > 0 {
		var names []string
		for _, e := range r.Extras {
			names = append(names, writable(e))
		}
		extras = "[" + strings.Join(names, ",") + "]"
	}
	f, name := r.form, writable(r.Name)
	switch {
	case f.local != "" && (r.Constraint || f.fragment != ""):
		b.WriteString(r.fileURL(extras))
	case f.local != "":
		b.WriteString(localPath(f.local) + extras)
	case f.url != "" && r.Name == "":
		b.WriteString(f.url)
	case f.url != "" && strings.Contains(f.url, ";"):
		b.WriteString(withEgg(f.url, r.Name))
	case f.url != "":
		b.WriteString(name + extras + " @ " + f.url)
	default:
		b.WriteString(name + extras + f.specifier)
	}
	if f.marker != "" {
		b.WriteString(" ; " + f.marker)
	}
	b.WriteString(settingsText(r.ConfigSettings))
	for _, algorithm := range sortedKeys(r.Hashes) {
		var digests []string
		for _, d := range r.Hashes[algorithm] {
			if !strings.Contains(d, "${") {
				d = strings.ToLower(d)
			}
			digests = append(digests, d)
		}
		for _, d := range sortedSet(digests) {
			b.WriteString(" --hash=" + reqfile.Quote(algorithm+":"+d))
		}
	}
	return b.String()
}

func settingsText(s Settings) string {
	var b strings.Builder
	for _, key := range sortedKeys(s) {
		for _, v := range s[key] {
			b.WriteString(" --config-settings=" + reqfile.Quote(key+"="+v))
		}
	}
	return b.String()
}

// writable is a normal name as the grammar takes it: foo_ normalises to foo-,
// which no line may say.
func writable(name string) string {
	if bare, ok := strings.CutSuffix(name, "-"); ok {
		return bare + "_"
	}
	return name
}

// fileURL names a local source where a path will not do: a constraint needs the
// name, an archive its subdirectory.
func (r Requirement) fileURL(extras string) string {
	u := "file:" + strings.TrimPrefix(link.OfPath(strings.TrimPrefix(localPath(r.form.local), "./")), "file://")
	if r.form.fragment != "" {
		u += "#" + r.form.fragment
	}
	if extras != "" && r.Name != "" || strings.HasSuffix(r.Name, "-") {
		return writable(r.Name) + extras + " @ " + u
	}
	return withEgg(u, r.Name)
}

func withEgg(u, name string) string {
	if name == "" || strings.HasSuffix(name, "-") { // egg= takes no foo_
		return u
	}
	if strings.Contains(u, "#") {
		return u + "&egg=" + name
	}
	return u + "#egg=" + name
}

// sortedSet sorts and removes what is double.
func sortedSet(s []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(s)))
}

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
