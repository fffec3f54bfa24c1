package appengine

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

const types = "type.googleapis.com/google.appengine.v1."

// done is the operation of what a call did at once to an application, or to the service
// or version that is named. What is gone has an empty response.
func (s *Server) done(r *http.Request, project, method string, named ...string) (any, error) {
	now := s.now().UTC().Format(time.RFC3339Nano)
	s.mu.Lock()
	defer s.mu.Unlock()
	target, kind, doc := "apps/"+project, "Application", s.state[project].App
	if len(named) > 0 {
		target, kind, doc = target+"/services/"+named[0], "Service", nil
		v := s.state[project].Services[named[0]]
		switch {
		case len(named) > 1:
			target, kind = target+"/versions/"+named[1], "Version"
			if v != nil {
				doc = v.Versions[named[1]]
			}
		case v != nil:
			doc = v.Service
		}
	}
	response := document{"@type": types + kind}
	if doc == nil {
		response["@type"] = "type.googleapis.com/google.protobuf.Empty"
	}
	maps.Copy(response, doc)
	op := document{"name": "apps/" + project + "/operations/" + newID(), "done": true, "response": response, "metadata": document{
		"@type": types + "OperationMetadataV1", "method": "google.appengine.v1." + method, "insertTime": now, "endTime": now, "user": callerOf(r), "target": target,
	}}
	s.operations = append([]document{op}, s.operations[:min(len(s.operations), 999)]...)
	return op, nil
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
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
	all := []document{}
	for _, op := range s.operations {
		done, _ := op["done"].(bool)
		if strings.HasPrefix(op["name"].(string), "apps/"+project+"/") && (filter == "" || filter == "done:true" == done) {
			all = append(all, op)
		}
	}
	return page(r, "operations", all)
}

// page answers a list.
func page(r *http.Request, field string, list []document) (any, error) {
	var size int32
	if text := r.URL.Query().Get("pageSize"); text != "" {
		if err := json.Unmarshal([]byte(text), &size); err != nil {
			return nil, invalid("Invalid page_size %.100q", text)
		}
	}
	some, next, err := frame.Page(list, size, r.URL.Query().Get("pageToken"), 100, 1000)
	answer := document{}
	if len(some) > 0 {
		answer[field] = some
	}
	if next != "" {
		answer["nextPageToken"] = next
	}
	return answer, err
}
