package setup

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Choosing is a Resource of which somebody may have to choose something that can
// never be changed, and that nobody else may choose for them.
type Choosing interface {
	Resource
	// Choice is what has to be chosen before it can be made; nil = nothing.
	Choice() *Choice
}

// Choice is what somebody has to choose.
type Choice struct {
	Lack     string // what is not known without it
	Question string
	Hint     string // how it is said where nobody is there to be asked
	// Answers gives those that there are, and the one that is proposed; "" = none is.
	Answers func(context.Context) (all []string, proposed string, err error)
	// Take gives the resource as it is chosen.
	Take func(answer string) Resource
}

// choice is what has to be chosen for a step.
func (s Step) choice() *Choice {
	if c, ok := s.Resource.(Choosing); ok && s.Found == Missing && s.Err == nil {
		return c.Choice()
	}
	return nil
}

// Undecided is the error of steps that somebody has to choose something for, where
// nobody can be asked; nil = there are none.
func Undecided(steps []Step) error {
	for _, s := range steps {
		if c := s.choice(); c != nil {
			return errs.New(errs.Usage, c.Hint, "%s: %s", s.Name(), c.Lack)
		}
	}
	return nil
}

// decide asks for what has to be chosen, when all before it is made.
func (m *maker) decide(ctx context.Context, s Step) (Step, error) {
	c := s.choice()
	switch {
	case c == nil:
		return s, nil
	case m.Choose == nil:
		return s, Undecided([]Step{s})
	}
	var all []string
	var proposed string
	err := m.patiently(ctx, s, func(ctx context.Context) (err error) {
		all, proposed, err = c.Answers(ctx)
		return err
	})
	if err != nil {
		return s, err
	}
	answer, err := m.Choose(c.Question, all, proposed)
	if err == nil {
		s.Resource = c.Take(answer)
	}
	return s, err
}
