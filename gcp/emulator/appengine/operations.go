package appengine

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

const types = "type.googleapis.com/google.appengine.v1."

// done is the operation of what a call did to an application at once.
func (s *Server) done(r *http.Request, project, method, kind string) (any, error) {
	app, err := s.app(project)
	if err != nil {
		return nil, err
	}
	now := s.now().UTC().Format(time.RFC3339Nano)
	response := map[string]any{"@type": types + kind}
	for k, v := range app {
		response[k] = v
	}
	op := map[string]any{"name": "apps/" + project + "/operations/" + uuid.NewString(), "done": true, "response": response, "metadata": map[string]any{
		"@type": types + "OperationMetadataV1", "method": "google.appengine.v1." + method, "insertTime": now, "endTime": now,
		"user": strings.TrimPrefix(strings.TrimPrefix(frame.Caller(r.Context()), "user:"), "serviceAccount:"), "target": "apps/" + project,
	}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations = append([]map[string]any{op}, s.operations[:min(len(s.operations), 999)]...)
	return op, nil
}

func (s *Server) getOperation(_ *http.Request, project string, named []string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "apps/" + project + "/operations/" + named[0]
	for _, op := range s.operations {
		if op["name"] == name {
			return op, nil
		}
	}
	return nil, status.Errorf(codes.NotFound, "Operation %s was not found.", name)
}

// listOperations lists them newest first; of filters it has that for what is under way.
func (s *Server) listOperations(r *http.Request, project string, _ []string) (any, error) {
	filter := strings.ReplaceAll(r.URL.Query().Get("filter"), " ", "")
	if filter != "" && filter != "done:false" && filter != "done:true" {
		return nil, status.Error(codes.Unimplemented, "operations are listed by the filters done:false and done:true alone")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []map[string]any{}
	for _, op := range s.operations {
		done, _ := op["done"].(bool)
		if strings.HasPrefix(op["name"].(string), "apps/"+project+"/") && (filter == "" || filter == "done:true" == done) {
			all = append(all, op)
		}
	}
	return page(r, "operations", all)
}

// page answers a list.
func page(r *http.Request, field string, list []map[string]any) (any, error) {
	var size int32
	if text := r.URL.Query().Get("pageSize"); text != "" {
		if err := json.Unmarshal([]byte(text), &size); err != nil {
			return nil, invalid("Invalid page_size %.100q", text)
		}
	}
	some, next, err := frame.Page(list, size, r.URL.Query().Get("pageToken"), 100, 1000)
	answer := map[string]any{}
	if len(some) > 0 {
		answer[field] = some
	}
	if next != "" {
		answer["nextPageToken"] = next
	}
	return answer, err
}
