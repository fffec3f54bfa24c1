package source_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// many is an app of n small source files in n/20 folders, 2 kB each on average.
func many(tb testing.TB, n int) string {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("def return import self for in if not None class value result data list index self.name = ( ) : + [ ] the of with as")
	tree := files{".gcloudignore": ".gcloudignore\n.git\n*.log\nbuild/\n/docs/\nnode_modules/\n"}
	for i := range n {
		var b strings.Builder
		for range 100 + r.IntN(600) {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(" \n"[r.IntN(9)/8])
		}
		tree[fmt.Sprintf("app/p%02d/q%02d/m%05d.py", i/20%25, i/500, i)] = b.String()
	}
	return write(tb, tb.TempDir(), tree)
}

func BenchmarkScan(b *testing.B) {
	dir := many(b, 10_000)
	for b.Loop() {
		tree := scan(b, dir)
		_ = tree.Hash()
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

func BenchmarkWriteArchive(b *testing.B) {
	tree := scan(b, many(b, 10_000))
	var n counter
	for b.Loop() {
		n = 0
		check(b, tree.WriteArchive(b.Context(), io.MultiWriter(&n), map[string][]byte{".gcpdeploy/plan.json": []byte("{}")}))
	}
	b.SetBytes(tree.Size())
	b.ReportMetric(float64(n)/1e3, "kB")
}
