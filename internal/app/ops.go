package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"digitalpost/internal/db"
	"digitalpost/internal/jobs"
)

// Logger is the log that the configuration asks for.
func (c Config) Logger(out *os.File) *slog.Logger {
	var level slog.Level
	if level.UnmarshalText([]byte(c.Log.Level)) != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}

// ops is what an operator's tools ask: /healthz (the process lives), /readyz (it
// can work) and /metrics.
type ops struct {
	core     *Core
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newOps(core *Core) *ops {
	o := &ops{core: core, registry: prometheus.NewRegistry(), requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "digitalpost_http_request_seconds", Help: "How long requests took, by listener and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60},
	}, []string{"listener", "status"})}
	o.registry.MustRegister(o.requests, jobsCollector{core.DB},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return o
}

func (o *ops) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := o.core.DB.Read(ctx, func(*db.Tx) error { return nil }); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{}))
}

// measure counts what a listener answers.
func (o *ops) measure(listener string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		s := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(s, r)
		o.requests.WithLabelValues(listener, strconv.Itoa(s.status)).Observe(time.Since(start).Seconds())
	})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// jobsCollector tells how many jobs wait, run and are dead when it is asked.
type jobsCollector struct{ db *db.DB }

var jobsGauge = prometheus.NewDesc("digitalpost_jobs", "Jobs by queue and state.", []string{"queue", "state"}, nil)

// Describe implements prometheus.Collector.
func (jobsCollector) Describe(out chan<- *prometheus.Desc) { out <- jobsGauge }

// Collect implements prometheus.Collector.
func (c jobsCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var counts []jobs.Count
	err := c.db.Read(ctx, func(tx *db.Tx) (err error) { counts, err = jobs.Counts(tx); return err })
	if err != nil {
		out <- prometheus.NewInvalidMetric(jobsGauge, err)
		return
	}
	for _, n := range counts {
		for state, count := range map[string]int{"waiting": n.Waiting, "running": n.Running, "dead": n.Dead} {
			out <- prometheus.MustNewConstMetric(jobsGauge, prometheus.GaugeValue, float64(count), n.Queue, state)
		}
	}
}
