package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emurun "github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// seedVariable has the seed of one order, to play it again.
const seedVariable = "GCPDEPLOY_E2E_SEED"

// seeds are those of the orders that are played.
func seeds(t *testing.T, n int) (all []uint64) {
	t.Helper()
	first := rand.Uint64N(1e9)
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if first, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedVariable, err)
		}
		n = 1
	}
	for i := range uint64(n) {
		all = append(all, first+i)
	}
	return all
}

// TestRaces: of two deploys, each tried beside what serves or not, and an edit by gcloud, all
// at the same time and in any order of their calls, no field is lost, and the run that
// started last serves. Nothing serves before its run releases it.
func TestRaces(t *testing.T) {
	t.Parallel()
	var held *heldBack
	w := newWorld(t, false, func(o *emulator.Options) {
		held = &heldBack{Containers: o.Containers}
		o.Containers = held
	})
	images := map[string]string{}
	for _, text := range []string{"zero", "a", "b"} {
		images[text] = w.pushed(t, text)
	}
	orders := 50
	if whole() {
		orders = 500
	}
	for n, seed := range seeds(t, orders) {
		r := &race{w: w, held: held, images: images, seed: seed, service: fmt.Sprint("hello-", n)}
		if !t.Run(fmt.Sprint("seed ", seed), r.run) {
			t.Fatalf("%s=%d plays it again", seedVariable, seed)
		}
	}
}

// race is one order of the calls of all who take part.
type race struct {
	w       *world
	held    *heldBack
	images  map[string]string
	seed    uint64
	service string

	mu       sync.Mutex
	released map[string]bool // images that may serve
}

// deploys of the race: what they set, beside what differs between them.
var racers = map[string]release.Spec{
	"zero": {Env: map[string]string{"SHARED": "zero", "GONE": "zero"}, Settings: []byte(`{"allow_unauthenticated": true, "concurrency": 7, "labels": {"by": "zero", "gone": "zero"}}`)},
	"a":    {Env: map[string]string{"SHARED": "a", "A": "a", "ONLY_A": "a"}, Settings: []byte(`{"allow_unauthenticated": true, "memory": "1Gi", "service_min_instances": 2, "labels": {"by": "a", "only": "a"}}`)},
	"b":    {Env: map[string]string{"SHARED": "b", "A": "a", "B": "b"}, Settings: []byte(`{"allow_unauthenticated": true, "max_instances": 9, "labels": {"by": "b"}}`)},
}

func (r *race) spec(name string) release.Spec {
	s := racers[name]
	s.Target, s.Project, s.Region, s.Service, s.Port = "cloud-run", project, region, r.service, 8080
	return s
}

func (r *race) run(t *testing.T) {
	by := map[string]release.Run{"a": byRun(1), "b": byRun(2)}
	r.first(t)
	s := newTurns(r.seed, func() int { return r.emulator().Underway(services + r.service) })
	ends := map[string]release.Released{}
	for _, name := range []string{"a", "b"} {
		target, agent := targetWorld{r.w, kindOf("cloud-run")}.client(t, byTurns)
		tries := s.draw.IntN(3) > 0
		s.let(agent, name, func() {
			if tries {
				tried, err := target.Try(t.Context(), r.spec(name), r.images[name], by[name], nil)
				if err != nil {
					t.Errorf("%s tries: %v", name, err)
				}
				if tried.Superseded != "" {
					r.end(ends, name, tried)
					return
				}
				s.hold(agent, "tests")
			}
			r.mayServe(name)
			end, err := target.Deploy(t.Context(), r.spec(name), r.images[name], by[name], nil)
			if err != nil {
				t.Errorf("%s releases: %v", name, err)
			}
			r.end(ends, name, end)
		})
	}
	g := newGcloudEdit(t, r.w, r.service)
	s.let(g.agent, "gcloud", func() { g.edit(t) })
	defer func() { t.Logf("seed %d, in this order: %s", r.seed, s) }() // shown where it fails, or with -v
	r.held.by(s)
	r.w.server.Disturb(s.disturb)
	s.play(t, func() { r.nothingElseServes(t, s) })
	r.held.by(nil)
	r.w.server.Disturb(r.w.wire.trouble)

	if a := ends["a"]; a.Superseded != "" && a.Superseded != by["b"].ID {
		t.Errorf("a is superseded by %q", a.Superseded)
	}
	if b := ends["b"]; b.Superseded != "" || b.Percent != 100 {
		t.Errorf("b, which started last, ends with %+v", b)
	}
	r.noFieldIsLost(t)
	r.nothingIsLeft(t, by["b"])
}

// byTurns is for clients whose calls take as long as until it is their turn.
func byTurns(c *gcp.Config) { c.Attempt, c.Poll = time.Hour, poll.Backoff{Initial: time.Millisecond} }

func (r *race) emulator() *emurun.Server { return emulator.Get[*emurun.Server](r.w.server) }

func (r *race) mayServe(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.released[r.images[name]] = true
}

func (r *race) end(ends map[string]release.Released, name string, end release.Released) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ends[name] = end
}

// first makes the service, and sets fields that nobody in the race does: they stay.
func (r *race) first(t *testing.T) {
	t.Helper()
	r.released = map[string]bool{r.images["zero"]: true}
	if _, err := kindOf("cloud-run").dial(r.w.access).Deploy(t.Context(), r.spec("zero"), r.images["zero"], byRun(0), nil); err != nil {
		t.Fatal(err)
	}
	s := proto.CloneOf(r.w.service(t, r.service))
	s.Description = "theirs"
	c := s.Template.Containers[0]
	c.Env = append(c.Env, &runpb.EnvVar{Name: "THEIRS", Values: &runpb.EnvVar_Value{Value: "1"}})
	s.Traffic = append(s.Traffic, &runpb.TrafficTarget{
		Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION, Revision: short(s.LatestReadyRevision), Tag: "theirs",
	})
	op, err := r.emulator().UpdateService(t.Context(), &runpb.UpdateServiceRequest{
		Service: s, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description", "template", "traffic"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if done, ok := r.emulator().WaitOperation(t.Context(), op.GetName()); !ok || done.GetError() != nil {
		t.Fatalf("%v, %v", done, ok)
	}
}
