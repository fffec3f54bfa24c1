package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestRunLog(t *testing.T) {
	t.Parallel()
	r := run(t.Context(), t, &build{Steps: []*step{{Name: "img", Id: "one"}, {Name: "img"}}}, funcs{
		"one": workertest.Print("a\r\nb", 0), "img": workertest.Print("c\n\n", 0)})
	want := `BUILD
Starting Step #0 - "one"
Step #0 - "one": a
Step #0 - "one": b
Finished Step #0 - "one"
Starting Step #1
Step #1: c
Step #1: 
Finished Step #1
PUSH
DONE
`
	if d := cmp.Diff(want, r.log); d != "" || r.err != nil {
		t.Error(d, r.err)
	}
	r = run(t.Context(), t, &build{Steps: []*step{{Name: "img", Id: "one"}}}, funcs{"one": workertest.Print("a\n", 3)})
	want = "BUILD\na\nERROR\nERROR: build step 0 \"img\" failed: step exited with non-zero status: 3\n"
	if d := cmp.Diff(want, r.log); d != "" {
		t.Error(d)
	}
}

// TestRunLinesAreWhole writes from parallel steps in pieces.
func TestRunLinesAreWhole(t *testing.T) {
	t.Parallel()
	b := &build{}
	for i := range 8 {
		b.Steps = append(b.Steps, &step{Name: "i", Id: fmt.Sprint(i), WaitFor: []string{"-"}})
	}
	r := run(t.Context(), t, b, funcs{"i": func(_ context.Context, r worker.StepRequest) (int, error) {
		var all sync.WaitGroup
		for _, w := range []interface{ Write([]byte) (int, error) }{r.Stdout, r.Stderr} {
			all.Go(func() {
				for range 200 {
					for _, piece := range []string{"he", "llo ", r.Step.Id, " end\nhello " + r.Step.Id, " end", "\n"} {
						if _, err := w.Write([]byte(piece)); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		all.Wait()
		return 0, nil
	}})
	n := 0
	for line := range strings.SplitSeq(r.log, "\n") {
		if strings.Contains(line, "hello") {
			id := line[len("Step #"):][:1]
			if line != fmt.Sprintf("Step #%s - %q: hello %s end", id, id, id) {
				t.Fatalf("broken line %q", line)
			}
			n++
		}
	}
	if n != 8*2*400 {
		t.Errorf("%d lines", n)
	}
}

// TestRunLongLines: a line stays one, in whatever pieces it comes; what is cut of it is
// said.
func TestRunLongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 200<<10)
	r := run(t.Context(), t, &build{Steps: []*step{{Name: "img"}}}, funcs{"img": func(_ context.Context, r worker.StepRequest) (int, error) {
		for _, piece := range []string{long[:100<<10], long[100<<10:] + "\n", long, long, "\nnext\n" + long, long} {
			if _, err := r.Stdout.Write([]byte(piece)); err != nil {
				t.Error(err)
			}
		}
		return 0, nil
	}})
	cut := strings.Repeat("x", 256<<10) + fmt.Sprintf(" [%d more bytes are cut]\n", 144<<10)
	if want := "BUILD\n" + long + "\n" + cut + "next\n" + cut + "PUSH\nDONE\n"; r.log != want {
		t.Errorf("%d bytes, want %d: %s", len(r.log), len(want), strings.ReplaceAll(r.log, "xxxxxxxx", ""))
	}
}

type brokenLog struct{}

func (brokenLog) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRunLogFailure(t *testing.T) {
	t.Parallel()
	o := options(t, nil)
	o.Log = brokenLog{}
	b := &build{Steps: []*step{{Name: "i"}}}
	err := worker.Run(t.Context(), b, workertest.New(nil), o, nil)
	if errs.KindOf(err) != errs.Build || b.FailureInfo.GetType() != cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE {
		t.Errorf("%v %v", err, b.FailureInfo)
	}
}
