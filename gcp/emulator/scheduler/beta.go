package scheduler

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// v1beta1 alone has legacyAppEngineCron, the mark of the jobs of a cron.yaml: without
// it they are not listed, and the Go types of v1 have no field for it.

// legacyField is the mark, in a job and in a request.
const legacyField = "legacyAppEngineCron"

var betaPath = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^/v1beta1/(projects/([A-Za-z0-9.:-]+))/locations(?:/([a-z0-9-]+)(?:/jobs(?:/([A-Za-z0-9_-]+)(:run|:pause|:resume)?)?)?)?$`)
})

// beta is v1beta1, which is served over JSON alone.
func (s *Server) beta() *frame.Web {
	on := frame.Surface{Handler: http.HandlerFunc(s.serveBeta), Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
	return &frame.Web{Host: "cloudscheduler.googleapis.com", Has: func(path string) bool { return strings.HasPrefix(path, "/v1beta1/") && betaPath().MatchString(path) },
		Surface: func(path string) frame.Surface {
			if strings.HasPrefix(path, "/v1beta1/") {
				return on
			}
			return frame.Surface{}
		}}
}

// betaMethods are the methods by what is asked of what, with their permissions.
var betaMethods = map[string]struct {
	permission string
	serve      func(s *Server, r *http.Request, name string) (any, error)
}{
	"GET locations":   {"cloudscheduler.locations.list", (*Server).betaLocations},
	"GET jobs":        {"cloudscheduler.jobs.list", (*Server).betaList},
	"POST jobs":       {"cloudscheduler.jobs.create", (*Server).betaCreate},
	"GET job":         {"cloudscheduler.jobs.get", (*Server).betaGet},
	"DELETE job":      {"cloudscheduler.jobs.delete", (*Server).betaDelete},
	"POST job:run":    {"cloudscheduler.jobs.run", turned((*Server).RunJob, func(name string) *schedulerpb.RunJobRequest { return &schedulerpb.RunJobRequest{Name: name} })},
	"POST job:pause":  {"cloudscheduler.jobs.pause", turned((*Server).PauseJob, func(name string) *schedulerpb.PauseJobRequest { return &schedulerpb.PauseJobRequest{Name: name} })},
	"POST job:resume": {"cloudscheduler.jobs.enable", turned((*Server).ResumeJob, func(name string) *schedulerpb.ResumeJobRequest { return &schedulerpb.ResumeJobRequest{Name: name} })},
}

// turned is a method of v1 that takes a job's name and gives the job.
func turned[R any](method func(*Server, context.Context, R) (*schedulerpb.Job, error), request func(string) R) func(*Server, *http.Request, string) (any, error) {
	return func(s *Server, r *http.Request, name string) (any, error) {
		if _, err := method(s, r.Context(), request(name)); err != nil {
			return nil, err
		}
		return s.betaGet(r, name)
	}
}

func (s *Server) serveBeta(w http.ResponseWriter, r *http.Request) {
	m := betaPath().FindStringSubmatch(r.URL.Path)
	if m == nil {
		frame.WriteError(w, status.Error(codes.Unimplemented, "the emulators serve no such method of v1beta1"))
		return
	}
	name, kind := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1beta1/"), m[5]), "job"+m[5]
	resource := name
	switch {
	case m[3] == "":
		name, kind, resource = m[1], "locations", m[1]
	case m[4] == "":
		name, kind = strings.TrimSuffix(name, "/jobs"), "jobs"
		resource = name
	}
	method, ok := betaMethods[r.Method+" "+kind]
	if !ok || kind == "jobs" && !strings.HasSuffix(r.URL.Path, "/jobs") {
		frame.WriteError(w, status.Error(codes.Unimplemented, "the emulators serve no such method of v1beta1"))
		return
	}
	var answer any
	var err error
	if s.cfg.Allow != nil {
		err = s.cfg.Allow(r.Context(), frame.Access{API: "cloudscheduler.googleapis.com", Project: m[2], Permission: method.permission, Resource: resource})
	}
	if err == nil {
		answer, err = method.serve(s, r, name)
	}
	if err != nil {
		frame.WriteError(w, err)
		return
	}
	frame.WriteJSON(w, http.StatusOK, answer)
}

// betaLocations begins with the application's, as Google's list does.
func (s *Server) betaLocations(_ *http.Request, name string) (any, error) {
	project := strings.TrimPrefix(name, "projects/")
	ids := s.locations(project)
	if s.cfg.Apps != nil {
		if region, ok := s.cfg.Apps.Region(project); ok {
			ids = append([]string{region}, slices.DeleteFunc(ids, func(id string) bool { return id == region })...)
		}
	}
	all := []map[string]any{}
	for _, id := range ids {
		all = append(all, map[string]any{"name": name + "/locations/" + id, "locationId": id, "labels": map[string]string{"cloud.googleapis.com/region": id}})
	}
	return map[string]any{"locations": all}, nil
}

func (s *Server) betaList(r *http.Request, parent string) (any, error) {
	q := r.URL.Query()
	size, err := strconv.ParseInt(q.Get("pageSize"), 10, 32)
	if err != nil && q.Get("pageSize") != "" {
		return nil, invalid("Invalid page_size %.100q", q.Get("pageSize"))
	}
	legacy, _ := strconv.ParseBool(strings.ToLower(q.Get(legacyField)))
	list, err := s.list(r.Context(), &schedulerpb.ListJobsRequest{Parent: parent, PageSize: int32(size), PageToken: q.Get("pageToken")}, legacy)
	if err != nil {
		return nil, err
	}
	jobs := []any{}
	for _, m := range list.GetJobs() {
		jobs = append(jobs, shownJSON(m, legacy))
	}
	return map[string]any{"jobs": jobs, "nextPageToken": list.GetNextPageToken()}, nil
}

func (s *Server) betaCreate(r *http.Request, parent string) (any, error) {
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 2*maxJob))
	if err != nil {
		return nil, invalid("The job is larger than %d bytes.", maxJob)
	}
	m, legacy, err := readJSON(data)
	if err != nil {
		return nil, invalid("Invalid JSON payload received. %v", err)
	}
	made, err := s.create(r.Context(), &schedulerpb.CreateJobRequest{Parent: parent, Job: m}, legacy)
	if err != nil {
		return nil, err
	}
	return shownJSON(made, legacy), nil
}

func (s *Server) betaGet(r *http.Request, name string) (any, error) {
	legacy := false
	m, err := s.with(r.Context(), "GetJob", name, func(j *job) error { legacy = j.legacy; return nil })
	if err != nil {
		return nil, err
	}
	return shownJSON(m, legacy), nil
}

func (s *Server) betaDelete(r *http.Request, name string) (any, error) {
	_, err := s.DeleteJob(r.Context(), &schedulerpb.DeleteJobRequest{Name: name})
	return struct{}{}, err
}

// readJSON reads a job with its mark: a request's, or a file's.
func readJSON(data []byte) (m *schedulerpb.Job, legacy bool, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, false, err
	}
	if mark, ok := fields[legacyField]; ok {
		if err := json.Unmarshal(mark, &legacy); err != nil {
			return nil, false, errors.New(legacyField + " is no boolean")
		}
		delete(fields, legacyField)
	}
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, false, err
	}
	m = &schedulerpb.Job{}
	return m, legacy, protojson.Unmarshal(rest, m)
}

// shownJSON is a job with its mark.
func shownJSON(m proto.Message, legacy bool) json.RawMessage {
	data, err := protojson.Marshal(m)
	if err != nil {
		return json.RawMessage("null") // which a valid message never is
	}
	if legacy {
		data = append([]byte(`{"`+legacyField+`":true,`), data[1:]...)
	}
	return data
}
