/**
 * How a function's heap is collected; the first thing a bundle imports. V8 marks a heap of 15 MB little by little and on
 * threads beside the program, so that no frame of a browser waits: here it is begun every third request of 1,000 tasks or so,
 * for buffers that the next small collection frees, and marks everything again each time. Where a function has less than one
 * processor there is none to mark beside it. Without, the heap is marked when it is full, at once, in some 6 ms (decision 57).
 */
import { setFlagsFromString } from 'node:v8';

/**
 * Memory in MB: what leaves room for a heap that is full, half of it at first, beside the rest of the process; and what has one
 * processor (Lambda developer guide, "Configure Lambda function memory", November 2026).
 */
const ENOUGH_MB = 512;
const ONE_PROCESSOR_MB = 1_769;

const memoryMb = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
if (memoryMb >= ENOUGH_MB && memoryMb < ONE_PROCESSOR_MB) setFlagsFromString('--no-incremental-marking');
