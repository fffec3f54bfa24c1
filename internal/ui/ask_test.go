package ui_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TestChoose: an answer is taken by its number, as it is, or by nothing; two questions
// read one line each.
func TestChoose(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, proposed, want string
		ok                 bool
	}{
		{"2\n", "", "b", true}, {"a\n", "", "a", true}, {"\n", "b", "b", true}, {"9\n0\nx\nb\n", "a", "b", true},
		{"b", "", "b", true}, {"", "a", "", false}, {"\n", "", "", false}, {"x\n", "a", "", false},
	} {
		var out bytes.Buffer
		s := ui.Streams{In: strings.NewReader(tt.in), Err: &out}
		if got, ok := s.Choose("Which?", []string{"a", "b"}, tt.proposed); got != tt.want || ok != tt.ok {
			t.Errorf("%q with %q proposed: %q, %v\n%s", tt.in, tt.proposed, got, ok, &out)
		}
	}
	s := ui.Streams{In: strings.NewReader("yes\n2\nno\n"), Err: &bytes.Buffer{}}
	first := s.Ask("Go on?")
	answer, _ := s.Choose("Which?", []string{"a", "b"}, "")
	if last := s.Ask("Really?"); !first || answer != "b" || last {
		t.Errorf("in turn: %v, %q, %v", first, answer, last)
	}
}
