// Package group runs the same for several members that may need each other: those that
// do not, side by side. What is run it does not know.
package group

import (
	"context"
	"fmt"
)

// Member is one of a group.
type Member struct {
	Name  string
	Needs []string // members that must have ended well before it begins; others are no matter
}

// Skipped is why a member was not run: one that it needs did not end well.
type Skipped struct{ By string }

func (s *Skipped) Error() string { return "needs " + s.By + ", which did not end well" }

// Run runs each member once those that it needs have ended well, at most so many side by
// side, and in their order where several may begin. It gives how each ended, in the order of the
// members. One that failed stops only those that need it; none begins after ctx has ended.
// Members must not need each other in a circle.
func Run(ctx context.Context, members []Member, most int, run func(ctx context.Context, name string) error) []error {
	type end struct {
		at  int
		err error
	}
	const (
		waiting = iota
		begun
		over
	)
	out, state := make([]error, len(members)), make([]int, len(members))
	at := map[string]int{}
	for i, m := range members {
		at[m.Name] = i
	}
	ends := make(chan end)
	running := 0
	for {
		for changed := true; changed; { // one that is skipped has others skipped
			changed = false
			for i, m := range members {
				if state[i] != waiting {
					continue
				}
				failed, waits := "", false
				for _, need := range m.Needs {
					n, ok := at[need]
					switch {
					case !ok:
					case state[n] != over:
						waits = true
					case out[n] != nil:
						failed = need
					}
				}
				switch {
				case failed != "":
					out[i], state[i], changed = &Skipped{failed}, over, true
				case waits:
				case ctx.Err() != nil:
					out[i], state[i], changed = fmt.Errorf("not begun: %w", context.Cause(ctx)), over, true
				case running < most:
					state[i], running = begun, running+1
					go func() { ends <- end{i, run(ctx, m.Name)} }()
				}
			}
		}
		if running == 0 {
			return out
		}
		e := <-ends
		out[e.at], state[e.at], running = e.err, over, running-1
	}
}
