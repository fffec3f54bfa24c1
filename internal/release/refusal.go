package release

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Refusal is that a target does not take a setting.
type Refusal struct {
	Key string // as in the configuration, with its section and the entry, if it is about one
	Err error
}

// Error is the key, and what the target says.
func (r *Refusal) Error() string { return r.Key + ": " + r.Err.Error() }

// Unwrap gives what the target says.
func (r *Refusal) Unwrap() error { return r.Err }

// At is the refusal as an error of the place that the key was said at; origin has that by key.
func (r *Refusal) At(origin map[string]string) error {
	at := r.Key
	for key := r.Key; ; {
		if from := origin[key]; from != "" {
			at = from + ": " + r.Key
			break
		}
		n := strings.LastIndexByte(key, '.')
		if n < 0 {
			break
		}
		key = key[:n]
	}
	return errs.New(errs.Usage, "Change it; nothing was built or released.", "%s: %w", at, r.Err)
}
