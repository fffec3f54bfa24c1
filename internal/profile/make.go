package profile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Python is the program of the first Python that a log tells of.
func Python(log string) (string, error) {
	n, err := read(log)
	return n.first().program, err
}

// Make puts together what was noted in the container and seen from outside.
func Make(log string, seen Seen) (p Profile, err error) {
	n, err := read(log)
	if err != nil {
		return p, err
	}
	began, listening, answered := seen.Began.UnixNano(), seen.Listening.UnixNano(), seen.Answered.UnixNano()
	first := n.first()
	if n.exec < began || first.began < n.exec-tick || answered < first.began {
		return p, errs.New(errs.Internal, "Where Docker runs in another machine, set the clocks of both.", "the clock of Docker's machine is not that of this one")
	}
	exec := min(n.exec, first.began)
	all := n.loads[:0:0]
	for _, l := range n.line(answered) {
		l.line = strings.TrimPrefix(l.line, strings.TrimSuffix(first.dir, "/")+"/")
		all = append(all, l)
	}
	p.Seconds, p.Container, p.Interpreter = seen.Took.Seconds(), seconds(exec-began), seconds(first.began-exec)
	settled := max(listening, first.began)
	for _, l := range all {
		settled = max(settled, l.end)
	}
	settled = min(settled, answered)
	own := owned(all)
	var imported int64
	for i, l := range all {
		imported += own[i]
		if l.kind == "app" {
			p.App += seconds(own[i])
		}
	}
	p.Program, p.Answer = seconds(settled-first.began-imported), seconds(answered-settled)
	p.Imports, p.Lines = group(all, own)
	p.Sum = p.sum()
	return p, nil
}

// tick is how exactly /proc/uptime tells the time.
const tick = 10_000_000

// line are the loads on the way to the answer, until then: those of the process that can
// have given it, and of those that it was forked from, until it was.
func (n noted) line(answered int64) (all []load) {
	pid, until := n.answers(answered), answered
	for range len(n.pythons) {
		for _, l := range n.loads {
			if l.pid == pid && l.begin < until && l.kind != "" && l.kind != "namespace" {
				l.end = min(l.end, until)
				all = append(all, l)
			}
		}
		p, ok := n.pythons[pid]
		if !ok {
			break
		}
		pid, until = int(p.parent), p.began
	}
	slices.SortStableFunc(all, func(a, b load) int { return compare(a.begin, b.begin, b.end, a.end) })
	n.packages(all)
	return all
}

// answers is the process that answers: the one that has imported the app first, or where none has,
// the one that imported most.
func (n noted) answers(answered int64) (pid int) {
	type reach struct{ end, loads int64 }
	found := map[int]reach{}
	for _, l := range n.loads {
		if r := found[l.pid]; l.begin < answered {
			r.loads++
			if l.kind == "app" || l.line != "" {
				r.end = max(r.end, l.end)
			}
			found[l.pid] = r
		}
	}
	best := reach{}
	for at := range n.pythons {
		r := found[at]
		better := r.loads > best.loads
		if (r.end > 0) != (best.end > 0) {
			better = r.end > 0
		} else if r.end > 0 && r.end != best.end {
			better = r.end < best.end
		}
		if pid == 0 || better || r == best && at < pid {
			pid, best = at, r
		}
	}
	return pid
}

// packages names the loads by their packages.
func (n noted) packages(all []load) {
	spaces := map[string]bool{}
	for _, l := range n.loads {
		spaces[l.name] = spaces[l.name] || l.kind == "namespace"
	}
	for i, l := range all {
		if l.kind == "python" {
			all[i].name = Library
		}
		if l.kind != "package" {
			continue
		}
		name, rest, more := strings.Cut(l.name, ".")
		for spaces[name] && more {
			var next string
			next, rest, more = strings.Cut(rest, ".")
			name += "." + next
		}
		all[i].name = name
	}
}

// owned is the time of each load without what was loaded meanwhile: every moment is that
// of the load that began last.
func owned(all []load) []int64 {
	own := make([]int64, len(all))
	type edge struct {
		at   int64
		ends bool
		load int
	}
	var edges []edge
	for i, l := range all {
		edges = append(edges, edge{l.begin, false, i}, edge{l.end, true, i})
	}
	slices.SortStableFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	var open []int
	last := int64(0)
	for _, e := range edges {
		if len(open) > 0 {
			own[open[len(open)-1]] += e.at - last
		}
		last = e.at
		if e.ends {
			open = slices.DeleteFunc(open, func(i int) bool { return i == e.load })
		} else {
			open = append(open, e.load)
		}
	}
	return own
}

// group sums what was imported, the app apart, by package, and by the line that asked.
func group(all []load, own []int64) (packages []Package, lines []Line) {
	add := func(to *[]Package, l load, took float64) {
		i := slices.IndexFunc(*to, func(p Package) bool { return p.Name == l.name })
		if i < 0 {
			i = len(*to)
			*to = append(*to, Package{Name: l.name})
		}
		p := &(*to)[i]
		p.Seconds += took
		p.Modules++
	}
	packages, lines = []Package{}, []Line{}
	for n, l := range all {
		if l.kind == "app" {
			continue
		}
		took := seconds(own[n])
		add(&packages, l, took)
		i := slices.IndexFunc(lines, func(at Line) bool { return at.Line == l.line })
		if i < 0 {
			i = len(lines)
			lines = append(lines, Line{Line: l.line})
		}
		lines[i].Seconds += took
		add(&lines[i].Packages, l, took)
	}
	for i := range lines {
		slices.SortStableFunc(lines[i].Packages, bySeconds)
	}
	for i := range packages {
		packages[i].Line = asked(packages[i].Name, lines)
	}
	slices.SortStableFunc(packages, bySeconds)
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return packages, lines
}

// asked is the line that asked for most of a package.
func asked(name string, lines []Line) (line string) {
	most := -1.0
	for _, l := range lines {
		for _, p := range l.Packages {
			if p.Name == name && p.Seconds > most {
				line, most = l.Line, p.Seconds
			}
		}
	}
	return line
}

func bySeconds(a, b Package) int { return cmp.Compare(b.Seconds, a.Seconds) }

// Surveyed reads what the survey of an image printed.
func Surveyed(output []byte, bytes int64) (*Image, error) {
	i := Image{}
	if err := json.Unmarshal(output, &i); err != nil {
		return nil, fmt.Errorf("the survey of the image said %.300q: %w", output, err)
	}
	i.Bytes = bytes
	return &i, nil
}

// compare is by two numbers, then by two others.
func compare(a, b, c, d int64) int { return cmp.Or(cmp.Compare(a, b), cmp.Compare(c, d)) }

func seconds(nanos int64) float64 { return float64(nanos) / 1e9 }
