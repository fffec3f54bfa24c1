package release

import (
	"strings"
	"time"
)

// Run is one run of the program; the zero Run is none.
type Run struct {
	ID      string
	Started time.Time
}

// String is a run in a form that ParseRun reads: what a target notes at a service.
func (r Run) String() string { return r.ID + " " + r.Started.UTC().Format(time.RFC3339Nano) }

// ParseRun reads what String gave. Anything else is no run.
func ParseRun(text string) Run {
	id, started, _ := strings.Cut(text, " ")
	at, err := time.Parse(time.RFC3339Nano, started)
	if err != nil {
		return Run{}
	}
	return Run{ID: id, Started: at}
}

// YieldsTo says whether r must leave a service alone that other has written: of
// two runs the one that started later wins, and of two of the same instant the
// one with the greater ID.
func (r Run) YieldsTo(other Run) bool {
	switch {
	case other.ID == "" || other.ID == r.ID:
		return false
	case other.Started.Equal(r.Started):
		return other.ID > r.ID
	}
	return other.Started.After(r.Started)
}
