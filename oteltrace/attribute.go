package oteltrace

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
)

// The attributes that the conventions do not know.
const (
	operationKey  = attribute.Key("cspkit.operation")
	resourceKey   = attribute.Key("cspkit.resource")
	credentialKey = attribute.Key("cspkit.credential")
	requestID     = attribute.Key("cspkit.request_id")
	correlationID = attribute.Key("cspkit.correlation_id")
	errorCode     = attribute.Key("cspkit.error.code")
	waitDuration  = attribute.Key("cspkit.wait.duration")
	waitReason    = attribute.Key("cspkit.wait.reason")
	customerID    = attribute.Key("cspkit.customer.id")
	offboardPhase = attribute.Key("cspkit.offboard.phase")
	offboardState = attribute.Key("cspkit.offboard.state")
)

// operation returns what is known of an operation as it begins.
func operation(e partnercenter.Event) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(e.Method), semconv.URLTemplate(e.Path),
		operationKey.String(e.Operation), resourceKey.String(string(e.Resource)), credentialKey.String(e.Credential.String()),
		requestID.String(e.RequestID), correlationID.String(e.CorrelationID),
	}
}

// operationEnd returns what its end adds.
func operationEnd(e partnercenter.Event) []attribute.KeyValue {
	attrs := status(e)
	if e.Err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(e.Err)))
	}
	if e.Code != "" {
		attrs = append(attrs, errorCode.String(e.Code))
	}
	return attrs
}

// attempt returns what is known of an attempt as it begins.
func attempt(e partnercenter.Event) []attribute.KeyValue {
	attrs := append(request(e), server(e)...)
	if e.Attempt > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(e.Attempt-1))
	}
	return attrs
}

// attemptEnd returns what its end adds.
func attemptEnd(e partnercenter.Event) []attribute.KeyValue {
	attrs := status(e)
	switch {
	case e.Err != nil:
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(e.Err)))
	case e.Status >= 400:
		attrs = append(attrs, semconv.ErrorTypeKey.String(strconv.Itoa(e.Status)))
	}
	return attrs
}

func request(e partnercenter.Event) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(e.Method), semconv.URLTemplate(e.Path)}
}

func server(e partnercenter.Event) []attribute.KeyValue {
	host, port := e.Host, 0
	if colon := strings.LastIndexByte(e.Host, ':'); colon >= 0 {
		host = e.Host[:colon]
		port, _ = strconv.Atoi(e.Host[colon+1:])
	}
	return []attribute.KeyValue{semconv.ServerAddress(host), semconv.ServerPort(port)}
}

func status(e partnercenter.Event) []attribute.KeyValue {
	if e.Status == 0 {
		return nil
	}
	return []attribute.KeyValue{semconv.HTTPResponseStatusCode(e.Status)}
}

// customer names the customer of a run, unless it is named by what is no
// tenant id and so may be anything.
func customer(a offboard.Activity) []attribute.KeyValue {
	id, err := customers.ParseTenantID(string(a.Customer))
	if err != nil {
		return nil
	}
	return []attribute.KeyValue{customerID.String(string(id))}
}

// activityEnd returns what the end of a run or round adds.
func activityEnd(a offboard.Activity) []attribute.KeyValue {
	attrs := []attribute.KeyValue{offboardPhase.String(string(a.Phase)), offboardState.String(string(a.State))}
	if a.Err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(a.Err)))
	}
	return attrs
}
