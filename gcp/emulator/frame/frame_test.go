package frame_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// name is a server that can say what it is.
type name string

func (n name) String() string { return string(n) }

func TestFind(t *testing.T) {
	t.Parallel()
	all := []frame.Service{{Server: 1}, {}, {Server: name("one")}, {Server: name("two")}}
	if got, err := frame.Find[name](all); got != "one" || err != nil {
		t.Errorf("by type: %q, %v", got, err)
	}
	if got, err := frame.Find[fmt.Stringer](all); err != nil || got.String() != "one" {
		t.Errorf("by what it does: %v, %v", got, err)
	}
	if _, err := frame.Find[fmt.Stringer](all[:2]); err == nil || !strings.Contains(err.Error(), "fmt.Stringer") {
		t.Errorf("none: %v", err)
	}
}

func TestProjectNumber(t *testing.T) {
	t.Parallel()
	one, two := frame.ProjectNumber("one"), frame.ProjectNumber("two")
	if len(one) != 12 || one == two || one != frame.ProjectNumber("one") {
		t.Errorf("numbers %s and %s", one, two)
	}
	if got := frame.ProjectNumber("123"); got != "123" {
		t.Errorf("of a number: %s", got)
	}
}
