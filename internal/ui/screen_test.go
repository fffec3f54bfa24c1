package ui_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

var hostile = map[string]string{
	"a\x1b]0;owned\x07\x1b[2Jb\n":     "ab\n",
	"\x9b2J\n":                        "\ufffd2J\n",
	"\x1b[31mred\x1b[0m\n":            "red\n",
	"a\x1b]8;;http://h\x1b\\b\n":      "ab\n",
	"\x1b]0;never ended\nnext\n":      "\nnext\n",
	"\x1bP+q544e\x1b\\a\n":            "a\n",
	"a\x9b2Jb\u009b2J\n":              "a\ufffd2Jb2J\n",
	"over\rwritten\b\b\x7f\n":         "overwritten\n",
	"a\u202e)b\u2066c\u2028\n":        "a)bc\n",
	"\tgrüße, 世界 — ok ✓\n":            "\tgrüße, 世界 — ok ✓\n",
	"\x1b\n\x1b[\n\x1b[9\n\x0e\x00\n": "\n[\n[9\n\n",
}

// TestScreen: what would steer a terminal does not reach it, in whatever pieces it
// comes; all else does.
func TestScreen(t *testing.T) {
	t.Parallel()
	for in, want := range hostile {
		var got bytes.Buffer
		if n, err := io.WriteString(ui.Screen(&got), in); err != nil || n != len(in) || got.String() != want {
			t.Errorf("%q: %q, want %q (%d, %v)", in, got.String(), want, n, err)
		}
		got.Reset()
		w := ui.Screen(&got)
		for i := range len(in) {
			if _, err := w.Write([]byte{in[i]}); err != nil {
				t.Fatal(err)
			}
		}
		if strings.ContainsAny(got.String(), "\x1b\x07\r\b\u009b\u202e") || strings.Contains(want, "世") && got.String() != want {
			t.Errorf("%q byte by byte: %q", in, got.String())
		}
	}
}

// TestHumanOnAScreen: no part of a run's view lets foreign text steer the terminal,
// and the view's own colours and its live line go on.
func TestHumanOnAScreen(t *testing.T) {
	t.Parallel()
	const evil = "x\x1b]0;owned\x07\x1b[2J\u202e\u009by"
	var got bytes.Buffer
	s := ui.Streams{Err: ui.Screen(&got), Terminal: true, Color: true, Width: func() int { return 200 }}
	h := ui.NewHuman(s, true, func() time.Time { return time.Time{} })
	h.Head(evil)
	h.Start(evil)
	h.Log(evil, evil)
	h.Note(evil)
	h.Warn(evil)
	h.Done(ui.Stage{Name: evil, Status: "hit", Detail: evil})
	h.Start("b")
	h.Fail(ui.Stage{Name: "b", Detail: evil})
	h.Close()
	ours := strings.NewReplacer("\r\x1b[K", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(got.String())
	if strings.ContainsAny(ours, "\x1b\x07\u202e\u009b") {
		t.Errorf("%q", ours)
	}
	for _, want := range []string{"\r\x1b[K", "\x1b[1mxy\x1b[0m\n", "\x1b[33mwarning: \x1b[0mxy\n", "\x1b[32mhit"} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("%q is not in %q", want, got.String())
		}
	}
}
