package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// Budget is what an image may take.
type Budget struct {
	Start float64 `json:"start_seconds,omitempty"` // from its start to the first answer; 0 = any time
	Bytes int64   `json:"image_bytes,omitempty"`   // unpacked; 0 = any size
	Warns bool    `json:"warns,omitempty"`         // more is told, and released all the same
}

// BudgetOf is the one of a configuration; nil = it has none.
func BudgetOf(c config.Budget) *Budget {
	if c.Start == 0 && c.Image == 0 {
		return nil
	}
	return &Budget{c.Start.Seconds(), c.Image, c.Over == config.OverWarn}
}

// Over says of what was measured what is over the budget; "" = nothing is. What was not measured
// is not.
func (b *Budget) Over(s Started) string {
	var over []string
	if b != nil && b.Start > 0 && s.Seconds > b.Start {
		over = append(over, fmt.Sprintf("the first answer comes after %s, %s later than budget.start allows (%s)", span(s.Seconds), span(s.Seconds-b.Start), span(b.Start)))
	}
	if b != nil && b.Bytes > 0 && s.Bytes > b.Bytes {
		over = append(over, fmt.Sprintf("the image has %s, %s more than budget.image allows (%s)", Megabytes(s.Bytes), Megabytes(s.Bytes-b.Bytes), Megabytes(b.Bytes)))
	}
	return strings.Join(over, "; ")
}

// keyed is a budget as a part of the app's key: an image that was found to be within it
// needs no second look. One that only warns decides nothing.
func (b *Budget) keyed() []key.Field {
	if b == nil || b.Warns {
		return nil
	}
	return []key.Field{key.Of("budget", fmt.Sprintf("%g %d", b.Start, b.Bytes))}
}

func span(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond).String()
}

// Megabytes is a size as people read it.
func Megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
