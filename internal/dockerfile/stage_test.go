package dockerfile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/templates"
)

// TestThrough has texts with a bar where what decides the stage "runtime" ends.
func TestThrough(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"the next stage":       "ARG A=x\nFROM a AS runtime\nRUN b\n|FROM c AS d\nRUN e\n",
		"the last stage":       "FROM a AS b\nFROM c AS runtime\nRUN d\n",
		"stages before":        "FROM a AS b\nRUN c\nFROM d AS runtime\nCOPY --from=b / /\n|FROM e\n",
		"no such stage":        "FROM a AS runtimes\nRUN b\nFROM c\nFROM runtime AS d\n",
		"no name":              "FROM a AS\nFROM c\n",
		"lower case":           "from a as runtime\nrun b\n|from c as d\n",
		"upper case":           "FROM a AS RunTime\n|FROM c\n",
		"indented":             "  FROM a AS runtime\n\tRUN b\n|  FROM c\n",
		"a platform":           "FROM --platform=$BUILDPLATFORM a AS runtime\nRUN b\n|FROM --platform=linux/amd64 c\n",
		"a comment stays":      "FROM a AS runtime\n# FROM x\n\n# of the next\n|FROM c\n",
		"a continued line":     "FROM a AS runtime\nRUN b \\\nFROM x\nRUN d\n|FROM c\n",
		"a continued comment":  "FROM a AS runtime\nRUN b \\\n# a comment \\\n\nFROM x\nRUN d\n|FROM c\n",
		"a continued FROM":     "FROM \\\n  a \\\n  AS runtime\nRUN b\n|FROM \\\n  c\n",
		"a heredoc":            "FROM a AS runtime\nRUN python3 <<EOF\nfrom os import makedirs\nEOF\nRUN b\n|FROM c\n",
		"an indented heredoc":  "FROM a AS runtime\nRUN cat <<-'END OF IT' <<2\n\tFROM x\n\tEND OF IT\nFROM y\n2\nRUN b\n|FROM c\n",
		"a copied heredoc":     "FROM a AS runtime\nCOPY <<f /f\nFROM x AS runtime\nf\n|FROM c\n",
		"a quoted heredoc":     "FROM a AS runtime\nRUN [\"cat\", \"<<EOF\"]\n|FROM c\n",
		"a heredoc without":    "FROM a AS runtime\nRUN cat <<EOF\nFROM c\n",
		"another escape":       "# escape=`\nFROM a AS runtime\nRUN b `\nFROM x\nRUN d \\\n|FROM c\n",
		"a syntax":             "# syntax=docker/dockerfile:1\n# check=skip=all\nFROM a AS runtime\n|FROM c\n",
		"two syntaxes":         "# syntax=a\n# syntax=b\nFROM a AS runtime\nFROM c\n",
		"a mark":               "\ufeffFROM a AS runtime\n|FROM c\n",
		"CRLF":                 "FROM a AS runtime\r\nRUN b \\\r\nFROM x\r\nRUN <<E\r\nFROM y\r\nE\r\n|FROM c\r\n",
		"no end of line":       "FROM a AS runtime\n|FROM c",
		"the last of a name":   "FROM a AS runtime\nFROM b AS runtime\nRUN d\n|FROM c\n",
		"copied from a later":  "FROM a AS runtime\nCOPY --from=Late /b /b\nFROM d\nFROM e AS late\nRUN f\n|FROM c\n",
		"mounted from a later": "FROM a AS runtime\nRUN --mount=type=bind,target=/x,from=late b\nFROM e AS late\n|FROM c\n",
		"a mount in capitals":  "FROM a AS runtime\nRUN --mount=FROM=late,target=/x b\nFROM e AS late\n|FROM c\n",
		"a later by number":    "FROM a AS runtime\nCOPY --from=1 /b /b\nFROM e\nRUN f\n|FROM c\n",
		"a later of a later":   "FROM a AS runtime\nCOPY --from=l /b /b\nFROM e AS l\nCOPY --from=m / /\nFROM e AS m\n|FROM c\n",
		"a later of the base":  "FROM a AS b\nONBUILD COPY --from=l / /\nFROM b AS runtime\nFROM d AS l\nRUN e\n|FROM c\n",
		"an image":             "FROM a AS runtime\nCOPY --from=docker.io/late / /\n|FROM b AS late\n",
		"a later one's from":   "FROM a AS runtime\n|FROM b AS c\nCOPY --from=d / /\nFROM d AS d\n",
		"nothing":              "",
		"no Dockerfile":        "from os import makedirs\n",
		"what is unknown":      "HELLO\nFROM a AS runtime\nHELLO\n|FROM c\n",
		"a line too long":      "FROM a AS runtime\nFROM c\nRUN " + strings.Repeat("x", 70_000) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, rest, _ := strings.Cut(text, "|")
			if got := string(dockerfile.Through([]byte(want+rest), "runtime")); got != want {
				t.Error(cmp.Diff(want, got))
			}
		})
	}
}

// TestThroughOurs holds the keys of those who have no template of their own: a
// stage's text ends where the line of the next FROM begins.
func TestThroughOurs(t *testing.T) {
	t.Parallel()
	for _, d := range []dockerfile.Data{plain, full} {
		text := render(t, templates.Wheel, d)
		for stage, next := range map[string]string{
			"wheelhouse": "FROM ${WHEELS} AS wheels\n",
			"runtime":    "FROM ${RUNTIME} AS tests\n",
			"testenv":    "FROM ${BASE} AS resolving\n",
		} {
			want, _, found := bytes.Cut(text, []byte(next))
			if got := dockerfile.Through(text, stage); !found || !bytes.Equal(got, want) {
				t.Errorf("%s:\n%s", stage, cmp.Diff(string(want), string(got)))
			}
		}
		if got := dockerfile.Through(text, "resolution"); !bytes.Equal(got, text) {
			t.Errorf("the last stage:\n%s", cmp.Diff(string(text), string(got)))
		}
	}
}

func FuzzThrough(f *testing.F) {
	f.Add([]byte("ARG A\nFROM ${A} AS runtime\nCOPY --from=c / /\nFROM a AS c\nFROM d\n"), "runtime")
	f.Add([]byte("# escape=`\nFROM a AS b\nRUN <<E\nFROM\nE\n"), "b")
	f.Fuzz(func(t *testing.T, text []byte, stage string) {
		got := dockerfile.Through(text, stage)
		if !bytes.HasPrefix(text, got) {
			t.Errorf("%q is no beginning of %q", got, text)
		}
		if again := dockerfile.Through(got, stage); !bytes.Equal(again, got) {
			t.Errorf("%q, the second time %q", got, again)
		}
	})
}

func BenchmarkThrough(b *testing.B) {
	text := render(b, templates.Wheel, full)
	other := append(bytes.Clone(text), "# other\n"...)
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			dockerfile.Through(text, "runtime")
			dockerfile.Through(other, "runtime")
		}
	})
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			dockerfile.Through(text, "runtime")
		}
	})
}
