package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func split(steps []plan.Step, log string, out plan.Outcome, size int) []string {
	r := &recorder{}
	s := newSplitter(r, func() time.Time { return time.Unix(0, 0) }, steps)
	for len(log) > 0 {
		n := min(size, len(log))
		_, _ = s.Write([]byte(log[:n]))
		log = log[n:]
	}
	s.Close()
	s.finish(out)
	return r.all()
}

func TestSplitter(t *testing.T) {
	t.Parallel()
	parallel := []plan.Step{
		{ID: plan.StepBuildImage, WaitFor: []plan.StepID{plan.AtOnce}}, {ID: plan.StepStart, WaitFor: []plan.StepID{plan.StepBuildImage}},
		{ID: plan.StepPush, WaitFor: []plan.StepID{plan.StepBuildImage}}, {ID: plan.StepRelease, WaitFor: []plan.StepID{plan.StepPush, plan.StepStart}},
	}
	ok := func(id plan.StepID) plan.StepOutcome {
		return plan.StepOutcome{ID: id, Status: plan.Success, Took: time.Second}
	}
	for _, tt := range []struct {
		name, log string
		steps     []plan.Step
		out       plan.Outcome
		want      []string
	}{
		{
			"parallel", `starting build "x"
FETCHSOURCE
BUILD
Starting Step #0 - "build-image"
Step #0 - "build-image": #1 building
Finished Step #0 - "build-image"
Starting Step #1 - "start"
Starting Step #2 - "push"
Step #2 - "push": layer
Step #1 - "start": listens on 8080
Step #1 - "start": Finished Step #2 - "push"
Finished Step #2 - "push"
Finished Step #1 - "start"
Starting Step #3 - "release"
Step #3 - "release": 100 %
Finished Step #3 - "release"
PUSH
DONE
`, parallel,
			plan.Outcome{Status: plan.Success, Steps: []plan.StepOutcome{ok(plan.StepBuildImage), ok(plan.StepStart), ok(plan.StepPush), ok(plan.StepRelease)}},
			[]string{
				"start build-image", "log build-image: #1 building", "done build-image 0s", "start start", "start push", "log push: layer",
				"log start: listens on 8080", `log start: Finished Step #2 - "push"`,
				"done push 0s", `done start 0s Finished Step #2 - "push"`, "start release", "log release: 100 %", "done release 1s 100 %",
			},
		},
		{
			"a wheel that took its time", `Starting Step #0 - "wheels"
Step #0 - "wheels": #9 [build 2/2] RUN ["python3","wheelhouse","build"]
Step #0 - "wheels": #9 1.250 resolved 3 packages in 1.2s
Step #0 - "wheels": #9 492.7 built scipy 1.11.4 in 8m12s (2/2, 0 running)
`, []plan.Step{{ID: plan.StepWheels}, {ID: plan.StepRelease, WaitFor: []plan.StepID{plan.StepWheels}}}, plan.Outcome{},
			[]string{
				"start wheels", `log wheels: #9 [build 2/2] RUN ["python3","wheelhouse","build"]`, "log wheels: resolved 3 packages in 1.2s",
				"note built scipy 1.11.4 in 8m12s (2/2, 0 running)", "log wheels: built scipy 1.11.4 in 8m12s (2/2, 0 running)",
			},
		},
		{
			"what imports show", `Starting Step #0 - "imports"
Step #0 - "imports": #12 3.250 note: x.y needs a display
Starting Step #1 - "build-image"
Step #1 - "build-image": #9 1.0 note: of the app's own
`, []plan.Step{{ID: plan.StepImports}, {ID: plan.StepBuildImage}}, plan.Outcome{},
			[]string{
				"start imports", "note x.y needs a display", "log imports: note: x.y needs a display",
				"start build-image", "log build-image: note: of the app's own",
			},
		},
		{
			"ours end with what they say, Docker's do not", `Starting Step #0 - "earlier"
Step #0 - "earlier": from 864d6bc6
Finished Step #0 - "earlier"
Starting Step #1 - "wheels"
Step #1 - "wheels": #9 DONE 1.0s
Finished Step #1 - "wheels"
Starting Step #2 - "promote"
Step #2 - "promote": the next deploy gets it
Finished Step #2 - "promote"
`, []plan.Step{{ID: plan.StepEarlier}, {ID: plan.StepWheels}, {ID: plan.StepPromote}},
			plan.Outcome{Status: plan.Success, Steps: []plan.StepOutcome{ok(plan.StepEarlier), ok(plan.StepWheels), ok(plan.StepPromote)}},
			[]string{
				"start earlier", "log earlier: from 864d6bc6", "start wheels", "log wheels: #9 DONE 1.0s",
				"start promote", "log promote: the next deploy gets it",
				"done earlier 1s from 864d6bc6", "done wheels 1s", "done promote 1s the next deploy gets it",
			},
		},
		{
			"failed beside another", `Starting Step #0 - "build-image"
Finished Step #0 - "build-image"
Starting Step #1 - "start"
Starting Step #2 - "push"
Step #1 - "start": error: it does not listen
Finished Step #1 - "start"
ERROR
ERROR: build step 1 failed`, parallel,
			plan.Outcome{Status: plan.Failure, Steps: []plan.StepOutcome{ok(plan.StepBuildImage), {ID: plan.StepStart, Status: plan.Failure}, {ID: plan.StepPush, Status: plan.Cancelled}, {ID: plan.StepRelease, Status: plan.Queued}}},
			[]string{"start build-image", "done build-image 0s", "start start", "start push", "log start: error: it does not listen", "fail start"},
		},
		{
			"no log at all", "", parallel,
			plan.Outcome{Status: plan.Success, Steps: []plan.StepOutcome{ok(plan.StepBuildImage), ok(plan.StepStart), ok(plan.StepPush), ok(plan.StepRelease)}},
			[]string{"done build-image 1s", "done start 1s", "done push 1s", "done release 1s"},
		},
		{
			"a single step", "starting build \"x\"\n\nFETCHSOURCE\nFetching storage object: gs://b/o#1\nBUILD\nthe new revision starts\nhello-2 serves 100 %\nPUSH\nDONE\n",
			parallel[3:],
			plan.Outcome{Status: plan.Success, Steps: []plan.StepOutcome{ok(plan.StepRelease)}},
			[]string{"start release", "log release: the new revision starts", "log release: hello-2 serves 100 %", "done release 1s hello-2 serves 100 %"},
		},
		{
			"a single step that fails", "BUILD\nerror: it crashed\nERROR\nERROR: build step 0 \"x\" failed: step exited with non-zero status: 1\n",
			parallel[3:],
			plan.Outcome{Status: plan.Failure, Steps: []plan.StepOutcome{{ID: plan.StepRelease, Status: plan.Failure}}},
			[]string{"start release", "log release: error: it crashed", "fail release"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 7, 1 << 20} {
				if diff := cmp.Diff(tt.want, split(tt.steps, tt.log, tt.out, size)); diff != "" {
					t.Errorf("in pieces of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

func TestSplitterTail(t *testing.T) {
	t.Parallel()
	s := newSplitter(&recorder{}, time.Now, []plan.Step{{ID: "a"}, {ID: "b"}})
	_, _ = s.Write([]byte(strings.Repeat("Step #0 - \"a\": x\n", 10*tailLines) + "Step #0 - \"a\": last\n"))
	if tail := s.tail("a"); len(tail) < tailLines || len(tail) > 2*tailLines || tail[len(tail)-1] != "last" {
		t.Errorf("%d lines", len(tail))
	}
}
