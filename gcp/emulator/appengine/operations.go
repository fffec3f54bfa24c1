package appengine

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
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
	name, err := s.begin(r, project, method, named...)
	if err != nil {
		return nil, err
	}
	return s.finish(name, nil), nil
}

// begin notes an operation on what is named, and refuses it where another one is under
// way there.
func (s *Server) begin(r *http.Request, project, method string, named ...string) (name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target := targetOf(project, named)
	if err := s.free(target); err != nil {
		return "", err
	}
	name = "apps/" + project + "/operations/" + newID()
	op := document{"name": name, "metadata": document{
		"@type": types + "OperationMetadataV1", "method": "google.appengine.v1." + method, "insertTime": s.now().UTC().Format(time.RFC3339Nano), "user": callerOf(r), "target": target,
	}}
	s.operations = append([]document{op}, s.operations[:min(len(s.operations), 999)]...)
	s.record(op)
	return name, nil
}

func targetOf(project string, named []string) string {
	switch len(named) {
	case 0:
		return "apps/" + project
	case 1:
		return "apps/" + project + "/services/" + named[0]
	}
	return versionName(project, named[0], named[1])
}

// free refuses a change while another is under way; the caller holds s.mu.
func (s *Server) free(target string) error {
	for _, op := range s.operations {
		if op["done"] == true {
			continue
		}
		at, _ := op["metadata"].(document)["target"].(string)
		if at == target {
			_, id, _ := strings.Cut(op["name"].(string), "/operations/")
			return status.Errorf(codes.Aborted, "Cannot operate on %s because an operation is already in progress for %s by %s.", target, at, id)
		}
	}
	return nil
}

// tell says what an operation waits for.
func (s *Server) tell(name, message string) {
	s.replace(name, func(op, metadata document) { metadata["ephemeralMessage"] = message })
}

// drop forgets an operation that was refused.
func (s *Server) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations = slices.DeleteFunc(s.operations, func(op document) bool { return op["name"] == name })
	s.forget(document{"name": name})
}

// finish ends an operation, and gives it as it is then.
func (s *Server) finish(name string, err error) document {
	return s.replace(name, func(op, metadata document) {
		delete(metadata, "ephemeralMessage")
		metadata["endTime"], op["done"] = s.now().UTC().Format(time.RFC3339Nano), true
		if err != nil {
			st := status.Convert(err)
			op["error"] = document{"code": float64(st.Code()), "message": st.Message()}
			return
		}
		op["response"] = s.response(metadata["target"].(string))
	})
}

// replace puts a changed copy in an operation's place: who was given one may still read it.
func (s *Server) replace(name string, f func(op, metadata document)) document {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, op := range s.operations {
		if op["name"] == name {
			op = maps.Clone(op)
			metadata := maps.Clone(op["metadata"].(document))
			op["metadata"] = metadata
			f(op, metadata)
			s.operations[i] = op
			if op["done"] == true {
				s.record(op)
			}
			return op
		}
	}
	return nil
}

// response is what an operation on a target came to; the caller holds s.mu.
func (s *Server) response(target string) document {
	parts := strings.Split(target, "/") // apps/P/services/S/versions/V
	a, kind, doc := s.state[parts[1]], "Application", document(nil)
	switch v := (*service)(nil); len(parts) {
	case 2:
		doc = a.App
	default:
		kind, v = "Service", a.Services[parts[3]]
		if v != nil && len(parts) == 4 {
			doc = v.Service
		}
		if len(parts) == 6 {
			kind = "Version"
			if v != nil {
				doc = v.Versions[parts[5]]
			}
		}
	}
	answer := document{"@type": types + kind}
	if doc == nil {
		answer["@type"] = "type.googleapis.com/google.protobuf.Empty"
	}
	maps.Copy(answer, doc)
	return answer
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
