package worker

import (
	"slices"
	"strings"
	"testing"
)

func TestTags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"build -t a -t b:1 .": "a b:1", "build --tag=a .": "a", "buildx build --load --tag a .": "a", "build .": "", "build": "", "": "",
		"image build -t a .": "a", "tag a b": "b", "image tag a b:2": "b:2", "tag a": "", "run -t a": "", "run a build -t b": "", "push a": "",
	} {
		if got := tags(strings.Fields(args)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
