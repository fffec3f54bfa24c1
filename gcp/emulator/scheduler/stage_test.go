package scheduler_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/testclock"
)

const (
	jobs  = "/v1/projects/my-project/locations/europe-west1/jobs"
	robot = "robot@my-project.iam.gserviceaccount.com"
)

// stage is emulators on a clock, and a target that answers what the test says.
type stage struct {
	*emulator.Server
	t      *testing.T
	clock  *testclock.Clock
	target *httptest.Server
	got    chan *http.Request // what the target was sent, its body in GetBody
	answer chan int           // what it says to that
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func newStage(t *testing.T, now string) *stage {
	t.Helper()
	s := &stage{t: t, clock: testclock.New(at(now)), got: make(chan *http.Request), answer: make(chan int)}
	s.target = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(body))), nil }
		s.got <- r
		w.WriteHeader(<-s.answer)
	}))
	t.Cleanup(s.target.Close)
	s.Server = s.start(t.TempDir())
	return s
}

func (s *stage) start(dir string) *emulator.Server {
	s.t.Helper()
	e, err := emulator.Start(context.WithoutCancel(s.t.Context()), emulator.Options{Dir: dir, Now: s.clock.Now, At: s.clock.At})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = e.Close(context.WithoutCancel(s.t.Context())) })
	return e
}

// call calls the API as the owner.
func (s *stage) call(method, path, body string) (int, map[string]any) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, strings.TrimSuffix(s.URL(), "/")+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Token("user:ada@example.com"))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, out
}

func (s *stage) must(method, path, body string) map[string]any {
	s.t.Helper()
	code, out := s.call(method, path, body)
	if code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %v", method, path, code, out)
	}
	return out
}

// create makes a job of the target.
func (s *stage) create(name, schedule, zone, more string) map[string]any {
	s.t.Helper()
	return s.must("POST", jobs, `{"name":"`+jobs[4:]+`/`+name+`","schedule":"`+schedule+`","timeZone":"`+zone+`","httpTarget":{"uri":"`+s.target.URL+`/x?y=z","body":"aGVsbG8="}`+more+`}`)
}

// fires lets time pass until a job is due, and gives what the target got.
func (s *stage) fires(when string) *http.Request {
	s.t.Helper()
	s.clock.Asked(at(when))
	s.clock.Set(at(when))
	return <-s.got
}

// says ends the attempt that the target knows of, and waits until the next is known.
func (s *stage) says(code int, next string) {
	s.t.Helper()
	s.answer <- code
	s.clock.Asked(at(next))
}
