package resourcemanager

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// v1Path is what the first version has in a form of its own.
var v1Path = regexp.MustCompile(`^/v1/projects(?:/([a-z0-9][a-z0-9:.-]*?))?(:getAncestry)?$`)

// serveV1 serves the first version's projects.get, list and getAncestry.
func (s *Server) serveV1(w http.ResponseWriter, r *http.Request) {
	m := v1Path.FindStringSubmatch(r.URL.Path)
	get, ancestry := r.Method == http.MethodGet, m[2] != ""
	var v any
	var err error
	switch {
	case m[1] == "" && get && !ancestry:
		v, err = s.listV1(r.Context())
	case m[1] != "" && (get && !ancestry || ancestry && r.Method == http.MethodPost):
		v, err = s.getV1(r.Context(), m[1], ancestry)
	default:
		err = status.Error(codes.NotFound, "Method not found.")
	}
	if err != nil {
		fail(w, status.Convert(err))
		return
	}
	answer(w, http.StatusOK, v)
}

// projectV1 is a project in the first version's form.
func projectV1(p *resourcemanagerpb.Project) map[string]any {
	return map[string]any{"projectId": p.GetProjectId(), "projectNumber": frame.ProjectNumber(p.GetProjectId()), "name": p.GetDisplayName(),
		"lifecycleState": "ACTIVE", "createTime": p.GetCreateTime().AsTime().Format("2006-01-02T15:04:05.000Z")}
}

func (s *Server) getV1(ctx context.Context, project string, ancestry bool) (any, error) {
	if s.cfg.Allow != nil {
		if err := s.cfg.Allow(ctx, frame.Access{API: "cloudresourcemanager.googleapis.com", Project: project,
			Permission: "resourcemanager.projects.get", Resource: "projects/" + project}); err != nil {
			return nil, err
		}
	}
	p, err := s.GetProject(ctx, &resourcemanagerpb.GetProjectRequest{Name: "projects/" + project})
	if err != nil {
		return nil, err
	}
	if ancestry {
		return map[string]any{"ancestor": []any{map[string]any{"resourceId": map[string]any{"type": "project", "id": p.GetProjectId()}}}}, nil
	}
	return projectV1(p), nil
}

func (s *Server) listV1(ctx context.Context) (any, error) {
	if err := s.Faults.Take(ctx, "ListProjects"); err != nil {
		return nil, err
	}
	out := map[string]any{}
	var all []any
	for _, id := range s.seen(ctx) {
		all = append(all, projectV1(message(id)))
	}
	if all != nil {
		out["projects"] = all
	}
	return out, nil
}

// refuse answers for the frame.
func refuse(w http.ResponseWriter, r frame.Refusal) {
	answer(w, r.Status, map[string]any{"error": map[string]any{"code": r.Status, "message": r.Message, "status": code.Code(r.Code).String()}})
}

// fail answers an error as Google's REST APIs do.
func fail(w http.ResponseWriter, st *status.Status) {
	httpCode := fault.HTTPStatus[int32(st.Code())]
	e := map[string]any{"code": httpCode, "message": st.Message(), "status": code.Code(st.Code()).String()}
	var details []json.RawMessage
	for _, d := range st.Proto().GetDetails() {
		if data, err := protojson.Marshal(d); err == nil {
			details = append(details, data)
		}
	}
	if details != nil {
		e["details"] = details
	}
	answer(w, httpCode, map[string]any{"error": e})
}

func answer(w http.ResponseWriter, httpCode int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		httpCode, data = http.StatusInternalServerError, []byte(`{"error":{"code":500,"status":"INTERNAL"}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(httpCode)
	_, _ = w.Write(append(data, '\n'))
}
