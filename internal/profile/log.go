package profile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// noted is a log, read. Times are nanoseconds since 1970.
type noted struct {
	exec    int64 // when the first program began
	pythons map[int]python
	loads   []load
}

// python is a process, or a fork of one.
type python struct {
	parent, began int64
	program, dir  string
	forked        bool
}

// load is a module that was loaded.
type load struct {
	pid        int
	begin, end int64
	name       string
	kind       string // "package", "python", "app", "namespace"; "" = it is not there
	line       string // of the app; "" = none
}

// read reads a log. A line that is cut short is passed over: its process was ended.
func read(text string) (n noted, err error) {
	n.pythons = map[int]python{}
	up := ""
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case f[0] == "exec" && len(f) == 2:
			up = f[1]
		case f[0] == "begin" && len(f) == 7:
			pid := int(number(f[1]))
			if _, again := n.pythons[pid]; !again { // else it has become another program
				n.pythons[pid] = python{parent: number(f[2]), began: number(f[3]), program: f[5], dir: f[6]}
			}
			if n.exec == 0 {
				n.exec = nanos(up) + nanos(f[4])
			}
		case f[0] == "fork" && len(f) == 4:
			n.pythons[int(number(f[1]))] = python{parent: number(f[2]), began: number(f[3]), forked: true}
		case f[0] == "load" && len(f) == 8:
			n.loads = append(n.loads, load{int(number(f[1])), number(f[2]), number(f[3]), f[4], f[5], f[7]})
		}
	}
	if up == "" || len(n.pythons) == 0 {
		return n, errs.New(errs.Build, "Leave -E, -I and -S out of the command that starts it, or profile the app as it is started by hand.",
			"no Python of the app said anything: it is started without looking at PYTHONPATH, or there is none")
	}
	slices.SortStableFunc(n.loads, func(a, b load) int { return compare(a.begin, b.begin, b.end, a.end) })
	return n, nil
}

// first is the Python that began first.
func (n noted) first() (first python) {
	for _, p := range n.pythons {
		if !p.forked && (first.began == 0 || p.began < first.began) {
			first = p
		}
	}
	return first
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // a log of our own
	return n
}

// nanos is a number of seconds in nanoseconds.
func nanos(s string) int64 {
	whole, part, _ := strings.Cut(s, ".")
	return number(whole)*1e9 + number((part + "000000000")[:9])
}
