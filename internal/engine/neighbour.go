package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// neighbours compares what the app's local packages ask for with what is locked for
// them: a lock file that lacks it is out of date, and a pin that rules it out is an
// error.
func (r *reader) neighbours(cl *closure.Closure) error {
	env := pep508.Environment{Python: r.c.Python}
	for _, o := range cl.Own {
		lock := r.lockOf(o)
		for _, s := range o.Declared {
			for _, line := range s.Lines {
				d, f := pep508.Parse(line.Text)
				if f != nil || d.Marker != nil && !env.Always(d.Marker.String()) {
					continue // who installs it tells what is wrong with it
				}
				asked := closure.Requirement{Name: pep508.Normal(d.Name), Specifier: d.Specifiers.String()}
				place := errs.Place{File: s.File, Line: line.Line}
				switch locked, meets := lockedAs(cl, asked); {
				case lock == nil:
					if pin := ruledOut(cl, asked, env); pin != nil {
						return errs.At(errs.Place{File: pin.File, Line: pin.Line}, "Write it anew (`pip-compile` or `uv pip compile` does), or correct one of them.",
							"%s asks for %s, which %s does not allow", place, line.Text, pin.Raw)
					}
				case lock.Stale != "" || lock.Overrides:
				case len(locked) == 0:
					lock.Stale = fmt.Sprintf("%s asks for %s, which it does not have", place, line.Text)
				case !meets:
					lock.Stale = fmt.Sprintf("%s asks for %s, and it has %s", place, line.Text, locked[0].Raw)
				}
			}
		}
	}
	return nil
}

// lockOf is the lock file that a local package was named by, nil for none. One of
// which only a group was read says too little.
func (r *reader) lockOf(o closure.Own) *lockfile.Lock {
	i := slices.IndexFunc(r.locks, func(l *lockfile.Lock) bool { return l.File == o.File && slices.Contains(r.c.Requirements, l.File) })
	if i < 0 {
		return nil
	}
	return r.locks[i]
}

// ruledOut is the pin that makes a requirement impossible, nil for none.
func ruledOut(cl *closure.Closure, asked closure.Requirement, env pep508.Environment) *closure.Requirement {
	for _, q := range cl.Requirements {
		version, exact := strings.CutPrefix(q.Specifier, "==")
		if q.Name == asked.Name && exact && !strings.ContainsAny(version, "=,*") && env.Always(q.Marker) && asked.Specifier != "" && !admits(asked.Specifier, version) {
			return &q
		}
	}
	return nil
}
