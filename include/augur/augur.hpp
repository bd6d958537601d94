#pragma once

/// @file
/// The table of contents. Include what you use instead, if you like: each header stands alone.

// A program without an event loop
#include <augur/run.hpp>

// Results, errors, what is known of a call
#include <augur/core/call_options.hpp>
#include <augur/core/error.hpp>
#include <augur/core/meta.hpp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

// What models are asked and what they answer
#include <augur/core/rows.hpp>
#include <augur/core/table.hpp>
#include <augur/core/tensor.hpp>
#include <augur/model/chat_client.hpp>
#include <augur/model/inference.hpp>
#include <augur/model/inference_client.hpp>

// Who we are
#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/aws/sigv4.hpp>
#include <augur/auth/key.hpp>

// Where the models are
#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_openai/client.hpp>
#include <augur/sagemaker/chat_endpoint.hpp>
#include <augur/sagemaker/endpoint.hpp>
#include <augur/sagemaker/runtime_client.hpp>
