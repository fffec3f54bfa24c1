package key_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

func TestNewIgnoresOrderOnly(t *testing.T) {
	t.Parallel()
	fields := []key.Field{key.Of("a", "1"), key.Of("b", "2"), key.Of("c", strings.Repeat("x", 500))}
	want := key.New("wheels", fields...)
	for range 20 {
		rand.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		if got := key.New("wheels", fields...); got.Hash != want.Hash {
			t.Fatalf("order changed the key: %s", got.Hash)
		}
	}
	seen := map[string]string{want.Hash: "the key itself"}
	for name, k := range map[string]key.Key{
		"another kind":       key.New("runtime", fields...),
		"a field less":       key.New("wheels", fields[1:]...),
		"moved bytes":        key.New("wheels", key.Of("a1", ""), key.Of("b", "2")),
		"moved bytes, other": key.New("wheels", key.Of("a", "1b"), key.Of("", "2")),
		"a list":             key.New("wheels", key.List("a", []string{"x y"})),
		"another list":       key.New("wheels", key.List("a", []string{"x", "y"})),
	} {
		if other, ok := seen[k.Hash]; ok {
			t.Errorf("%s and %s have one key", name, other)
		}
		seen[k.Hash] = name
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	older := key.New("w", key.Of("python", "3.11"), key.Of("requirement scipy", "==1.14.0"), key.Of("gone", "x"))
	newer := key.New("w", key.Of("python", "3.11"), key.Of("requirement scipy", "==1.14.1"), key.Of("new", "y"))
	want := []key.Change{{"gone", "x", ""}, {"new", "", "y"}, {"requirement scipy", "==1.14.0", "==1.14.1"}}
	if d := cmp.Diff(want, key.Diff(older, newer)); d != "" {
		t.Error(d)
	}
}
