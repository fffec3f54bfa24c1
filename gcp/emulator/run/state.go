package run

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// serviceFile and revisionFile are a service and a revision on disk.
type serviceFile struct {
	Service json.RawMessage `json:"service"`
	Policy  json.RawMessage `json:"policy"`
	Port    int             `json:"port"`
	Version int64           `json:"version"`
}

type revisionFile struct {
	Revision json.RawMessage `json:"revision"`
	Template json.RawMessage `json:"template"`
	Image    string          `json:"image"`
	Seq      int64           `json:"seq"`
	Ready    bool            `json:"ready"`
	Failure  *failure        `json:"failure,omitempty"`
}

// keptOperations is how many finished operations survive a restart.
const keptOperations = 200

// writeJSON replaces a file as a whole, through a temporary one beside it.
func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func (s *Server) serviceDir(svc *service) string {
	return filepath.Join(s.cfg.Dir, "services", svc.loc.project, svc.loc.location, svc.id)
}

// save writes a service; the caller holds s.mu. A failure is logged: what
// serves goes on serving.
func (s *Server) save(svc *service) {
	pb, err := protojson.Marshal(svc.pb)
	policy, perr := protojson.Marshal(svc.policy)
	if err = cmp.Or(err, perr); err == nil {
		err = writeJSON(filepath.Join(s.serviceDir(svc), "service.json"), serviceFile{pb, policy, svc.port, svc.version})
	}
	if err != nil {
		s.cfg.Log.Error("saving a service", "service", svc.pb.GetName(), "error", err)
	}
}

// saveRevision writes a revision; the caller holds s.mu.
func (s *Server) saveRevision(r *revision) {
	pb, err := protojson.Marshal(r.pb)
	template, terr := protojson.Marshal(r.template)
	if err = cmp.Or(err, terr); err == nil {
		err = writeJSON(s.revisionPath(r), revisionFile{pb, template, r.image, r.seq, r.ready, r.failure})
	}
	if err != nil {
		s.cfg.Log.Error("saving a revision", "revision", r.pb.GetName(), "error", err)
	}
}

func (s *Server) revisionPath(r *revision) string {
	return filepath.Join(s.serviceDir(r.svc), "revisions", r.id()+".json")
}

// load reads all state, listens, and goes on with what was cut.
func (s *Server) load() error {
	files, err := filepath.Glob(filepath.Join(s.cfg.Dir, "services", "*", "*", "*", "service.json"))
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := s.loadService(path); err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
	}
	if err := s.loadOperations(); err != nil {
		return err
	}
	s.adopt()
	for _, o := range s.ops {
		if svc := s.services[o.service]; !o.pb.GetDone() && svc != nil {
			s.spawn(func() { s.rollout(o, svc) })
		} else if !o.pb.GetDone() {
			o.finish(&runpb.Service{Name: o.service}, &failure{Code: codeAborted, Message: "The service was deleted."})
		}
	}
	return nil
}

func (s *Server) loadService(path string) error {
	var f serviceFile
	svc := &service{srv: s, pb: &runpb.Service{}, policy: &iampb.Policy{}, revisions: map[string]*revision{}}
	if err := readJSON(path, &f, part{&f.Service, svc.pb}, part{&f.Policy, svc.policy}); err != nil {
		return err
	}
	var err error
	if svc.loc, svc.id, err = parseService(svc.pb.GetName()); err != nil {
		return err
	}
	svc.port, svc.version = f.Port, f.Version
	revisions, err := filepath.Glob(filepath.Join(filepath.Dir(path), "revisions", "*.json"))
	if err != nil {
		return err
	}
	for _, p := range revisions {
		var rf revisionFile
		r := &revision{svc: svc, pb: &runpb.Revision{}, template: &runpb.RevisionTemplate{}}
		if err := readJSON(p, &rf, part{&rf.Revision, r.pb}, part{&rf.Template, r.template}); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		r.image, r.seq, r.ready, r.failure = rf.Image, rf.Seq, rf.Ready, rf.Failure
		r.inst = &instance{rev: r, srv: s}
		svc.revisions[r.id()] = r
	}
	rt := svc.observedRoute()
	for r := range rt.used {
		r.inst.want()
	}
	svc.route.Store(rt)
	s.services[svc.pb.GetName()] = svc
	return svc.listen()
}

// loadOperations reads the operations and forgets the oldest finished ones.
func (s *Server) loadOperations() error {
	entries, err := os.ReadDir(filepath.Join(s.cfg.Dir, "operations"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	age := func(e os.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(age(b), age(a)) })
	for i, e := range entries {
		path := filepath.Join(s.cfg.Dir, "operations", e.Name())
		var f operationFile
		o := &operation{pb: &longrunningpb.Operation{}, done: make(chan struct{})}
		if filepath.Ext(path) != ".json" || readJSON(path, &f, part{&f.Operation, o.pb}) != nil || (i >= keptOperations && o.pb.GetDone()) {
			_ = os.Remove(path)
			continue
		}
		o.service, o.generation = f.Service, f.Generation
		if o.pb.GetDone() {
			close(o.done)
		}
		s.ops[o.pb.GetName()] = o
	}
	return nil
}

// part is one message inside a file.
type part struct {
	raw *json.RawMessage
	pb  proto.Message
}

// readJSON reads a file written by writeJSON, then its messages.
func readJSON(path string, v any, parts ...part) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	for _, p := range parts {
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(*p.raw, p.pb); err != nil {
			return err
		}
	}
	return nil
}
