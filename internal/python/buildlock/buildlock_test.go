package buildlock_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/buildlock"
)

func TestLockBuildRequirements(t *testing.T) {
	t.Parallel()
	l, err := buildlock.Parse("b.lock", []byte("\ufeff# ours\r\n\r\nOmegaConf==2.3.0: wheel==0.45.1 SetupTools==80.9.0  # old\r\nbare==1:\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := buildlock.Lock{"omegaconf==2.3.0": {"setuptools==80.9.0", "wheel==0.45.1"}, "bare==1": {}}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, err := buildlock.Parse("b.lock", l.Text())
	if diff := cmp.Diff(want, again); diff != "" || err != nil {
		t.Errorf("written and read: %v (-want +got):\n%s", err, diff)
	}
	if want := "omegaconf==2.3.0: setuptools==80.9.0 wheel==0.45.1\n"; !strings.HasSuffix(string(l.Text()), "\nbare==1:\n"+want) {
		t.Errorf("text:\n%s", l.Text())
	}
	for text, want := range map[string]string{
		"a==1": "a line is", "a: b==1": "a line is", "a>=1: b==1": "a line is", "a==1.*: b==1": "a line is", "<<<<<<< HEAD": "a line is",
		"a==1: b": "exact versions", "a==1: b>1": "exact versions", "a==1: b==1,<2": "exact versions", "a==1: b===x": "exact versions",
		"a==1: b==1 -i https://x": "exact versions", "x==1:\na==1:\nA==1:": "a==1 is locked twice",
	} {
		_, err := buildlock.Parse("b.lock", []byte("\n"+text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "b.lock:") || errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a==1: b==2\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := buildlock.Parse("b.lock", []byte(text))
		if err != nil {
			return
		}
		again, err := buildlock.Parse("b.lock", l.Text())
		if diff := cmp.Diff(l, again); diff != "" || err != nil {
			t.Errorf("%v (-first +again):\n%s", err, diff)
		}
	})
}
