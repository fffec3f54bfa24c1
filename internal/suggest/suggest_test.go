package suggest_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, names, want string }{
		{"plna", "key plan up", "plan"}, // exchanged neighbours are one slip
		{"strat", "stop start status", "start"},
		{"Servce", "service server", "service"},
		{"memroy", "memory", "memory"},
		{"e2_highcpu_16", "E2_HIGHCPU_8 E2_HIGHCPU_32 N1_HIGHCPU_8", "E2_HIGHCPU_8"},
		{"--extra-index-ulr", "--index-url --extra-index-url", "--extra-index-url"},
		{"abd", "abc abe", "abc"},
		{"plan", "plan", "plan"},
		{"up", "down plan", ""},
		{"xy", "ab", ""},
		{"a", "b c", ""},
		{"ab", "x", ""},
		{"", "a", ""},
		{"a", "", ""},
		{strings.Repeat("a", 65), strings.Repeat("a", 66), ""},
	} {
		if got := suggest.Nearest(tt.name, strings.Fields(tt.names)); got != tt.want {
			t.Errorf("Nearest(%q, %q) = %q, want %q", tt.name, tt.names, got, tt.want)
		}
	}
}
